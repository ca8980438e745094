import Text

/// A directive of nginx with its place.
package struct NginxDirective: Hashable, Sendable {
  /// A line of a file.
  package struct Place: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int

    package init(file: String, line: Int) {
      self.file = file
      self.line = line
    }

    /// `nginx.conf:12`.
    package var description: String { "\(file):\(line)" }
  }

  package var name: String
  package var arguments: [String] = []
  package var place: Place
  /// The directives of its block; empty: it has none.
  package var block: [NginxDirective] = []

  /// The directive with its arguments, shortened to fit a line.
  var text: String {
    let text = ([name] + arguments).joined(separator: " ")
    return text.count <= 60 ? text : text.prefix(59) + "…"
  }
}

/// Why an nginx configuration cannot be read.
package struct NginxReadingError: Error, Hashable, Sendable {
  /// One sentence without a full stop.
  package var message: String
  /// Nil: the file as a whole.
  package var place: NginxDirective.Place?

  package init(message: String, place: NginxDirective.Place? = nil) {
    self.message = message
    self.place = place
  }
}

extension NginxDirective {
  /// Reads the output of `crossplane parse`, and puts the directives of included files in place of `include`.
  ///
  /// Source: crossplane 0.5, `parser.py`. Its `--combine` names the wrong file for directives after an `include`.
  package static func read(
    crossplane bytes: [UInt8]
  ) throws(NginxReadingError) -> [NginxDirective] {
    var reader = CrossplaneReader()
    do throws(JSONError) {
      var scanner = JSONScanner(bytes)
      try reader.read(&scanner)
    } catch {
      throw NginxReadingError(message: "not the output of crossplane parse: \(error.description)")
    }
    if let failure = reader.failure { throw failure }
    guard let first = reader.files.first else {
      throw NginxReadingError(message: "the output of crossplane parse has no configuration")
    }
    return try expanded(first, reader.files, depth: 0)
  }

  private static func expanded(
    _ directives: [Read], _ files: [[Read]], depth: Int
  ) throws(NginxReadingError) -> [NginxDirective] {
    var result: [NginxDirective] = []
    for read in directives {
      // nginx itself fails on files that include each other.
      if depth > 64 {
        throw NginxReadingError(message: "too many nested includes", place: read.directive.place)
      }
      for number in read.includes {
        guard files.indices.contains(number) else {
          throw NginxReadingError(
            message: "include: file \(number) is missing in the output of crossplane parse",
            place: read.directive.place)
        }
        result += try expanded(files[number], files, depth: depth + 1)
      }
      if read.directive.name == "include", !read.isKept { continue }
      var directive = read.directive
      directive.block = try expanded(read.block, files, depth: depth + 1)
      result.append(directive)
    }
    return result
  }

  /// A directive as read, before its includes are replaced.
  fileprivate struct Read {
    var directive: NginxDirective
    var block: [Read] = []
    var includes: [Int] = []
    /// Whether crossplane has not followed the `include`.
    var isKept = false
  }
}

/// Reads crossplane's JSON: `{"status", "errors", "config": [{"file", "errors", "parsed": [directive]}]}`.
private struct CrossplaneReader {
  var files: [[NginxDirective.Read]] = []
  var failure: NginxReadingError?

  mutating func read(_ scanner: inout JSONScanner) throws(JSONError) {
    var hasFiles = false
    try scanner.namedMembers { name, scanner throws(JSONError) in
      guard name == "config" else {
        _ = try scanner.value()
        return
      }
      hasFiles = true
      try scanner.elements { scanner throws(JSONError) in try readFile(&scanner) }
    }
    if !hasFiles { throw JSONError("\"config\" is missing") }
  }

  private mutating func readFile(_ scanner: inout JSONScanner) throws(JSONError) {
    var file = ""
    var directives: [NginxDirective.Read] = []
    try scanner.namedMembers { name, scanner throws(JSONError) in
      switch name {
      case "file": file = try scanner.string()
      case "errors":
        try scanner.elements { scanner throws(JSONError) in try readError(&scanner, in: file) }
      case "parsed": directives = try block(&scanner, file)
      default: _ = try scanner.value()
      }
    }
    files.append(directives)
  }

  private mutating func readError(
    _ scanner: inout JSONScanner, in file: String
  ) throws(JSONError) {
    var message = ""
    var line = 0
    try scanner.namedMembers { name, scanner throws(JSONError) in
      switch name {
      case "error": message = try scanner.string()
      case "line" where !scanner.isNext("n"): line = try scanner.integer()
      default: _ = try scanner.value()
      }
    }
    // crossplane ends its messages with the place.
    let place = " in \(file):\(line)"
    if message.hasSuffix(place) { message.removeLast(place.count) }
    failure =
      failure ?? NginxReadingError(message: message, place: .init(file: file, line: line))
  }

  private func block(
    _ scanner: inout JSONScanner, _ file: String
  ) throws(JSONError) -> [NginxDirective.Read] {
    var directives: [NginxDirective.Read] = []
    try scanner.elements { scanner throws(JSONError) in
      directives.append(try directive(&scanner, file))
    }
    return directives
  }

  private func directive(
    _ scanner: inout JSONScanner, _ file: String
  ) throws(JSONError) -> NginxDirective.Read {
    var read = NginxDirective.Read(
      directive: NginxDirective(name: "", place: .init(file: file, line: 0)))
    var hasIncludes = false
    try scanner.namedMembers { name, scanner throws(JSONError) in
      switch name {
      case "directive": read.directive.name = try scanner.string()
      case "line": read.directive.place.line = try scanner.integer()
      case "args":
        try scanner.elements { scanner throws(JSONError) in
          read.directive.arguments.append(try scanner.string())
        }
      case "includes":
        hasIncludes = true
        try scanner.elements { scanner throws(JSONError) in
          read.includes.append(try scanner.integer())
        }
      case "block": read.block = try block(&scanner, file)
      default: _ = try scanner.value()
      }
    }
    read.isKept = !hasIncludes
    return read
  }
}
