import MaxMindACL
import Text

/// A line of a remap.config and its place.
struct RemapSource: Sendable {
  /// The file, as a person would name it.
  var file: String
  /// The number of the first line that it was joined from, from 1.
  var number: Int
  /// The text. Continued lines are joined; a `\` at the end of a line and the line break become two spaces.
  var text: ArraySlice<UInt8>

  /// The lines of a file.
  ///
  /// Source: Traffic Server's `tokLine`. It takes a NUL for the end of the file.
  static func lines(of bytes: [UInt8], file: String) -> [RemapSource] {
    let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
    var lines: [RemapSource] = []
    var pending: [UInt8] = []
    var start = 1
    for (index, line) in bytes[..<end].split(separator: 10, omittingEmptySubsequences: false)
      .enumerated()
    {
      if pending.isEmpty { start = index + 1 }
      if line.last == UInt8(ascii: "\\") {
        pending += line.dropLast()
        pending += [0x20, 0x20]
      } else if pending.isEmpty {
        lines.append(RemapSource(file: file, number: start, text: line))
      } else {
        lines.append(RemapSource(file: file, number: start, text: (pending + line)[...]))
        pending = []
      }
    }
    if !pending.isEmpty { lines.append(RemapSource(file: file, number: start, text: pending[...])) }
    return lines
  }

  /// Whether a carriage return keeps the line from continuing.
  var isCutByCarriageReturn: Bool { text.suffix(2).elementsEqual("\\\r".utf8) }

  /// The words. None if the line is empty or a comment. White space between quotes of either kind does not end a word,
  /// and the quotes stay in it.
  ///
  /// Source: Traffic Server's `Tokenizer`.
  func words() -> [ArraySlice<UInt8>] {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    guard let first = text.firstIndex(where: { !isSpace($0) }),
      let last = text.lastIndex(where: { !isSpace($0) }), text[first] != UInt8(ascii: "#")
    else { return [] }
    var words: [ArraySlice<UInt8>] = []
    var start: Int?
    var isQuoted = false
    for index in first...last {
      let byte = text[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { isQuoted.toggle() }
      if isQuoted || (byte != 0x20 && byte != 0x09) {
        start = start ?? index
      } else if let begun = start {
        words.append(text[begun..<index])
        start = nil
      }
    }
    if let start { words.append(text[start...last]) }
    return words
  }

  func diagnostic(
    _ id: DiagnosticID, _ message: String, severity: Diagnostic.Severity = .error
  ) -> Diagnostic {
    let line = String(decoding: text, as: UTF8.self)
    let range = SourceRange(
      start: SourcePosition(line: number, column: 1),
      end: SourcePosition(line: number, column: max(line.unicodeScalars.count, 1) + 1))
    return Diagnostic(
      severity: severity, id: id, message: message, file: file, range: range, sourceLine: line)
  }
}

/// The words of a line, with options separate.
struct RemapWords {
  struct Plugin {
    var name: String
    var parameters: [String]

    /// Whether it is our plugin, in any directory.
    var isOurs: Bool {
      name.filter { $0 != "\"" && $0 != "'" }.split(separator: "/").last == "maxmind_acl.so"
    }
  }

  /// The words that are not options.
  let plain: [ArraySlice<UInt8>]
  /// The options, without the `@`.
  private let options: [ArraySlice<UInt8>]
  let isEmpty: Bool

  init(_ words: [ArraySlice<UInt8>]) {
    isEmpty = words.isEmpty
    plain = words.filter { $0.first != UInt8(ascii: "@") }
    options = words.filter { $0.first == UInt8(ascii: "@") }.map { $0.dropFirst() }
      .filter { !$0.isEmpty }
  }

  var hasOptions: Bool { !options.isEmpty }

  /// Whether Traffic Server filters the requests of the line. `@in_ip` alone does not.
  ///
  /// Source: Traffic Server's `REMAP_OPTFLG_ALL_FILTERS`.
  func hasFilter(by version: TrafficServerVersion) -> Bool {
    let filters =
      ["method=", "src_ip=", "action=", "internal"]
      + (version.hasCategories ? ["src_ip_category="] : [])
    return options.contains { option in filters.contains { Self.value(of: option, $0) != nil } }
  }

  /// The mistake in the `@action` options. Nil: there is none.
  func mistakeOfActions(by version: TrafficServerVersion) -> String? {
    let count = options.count { Self.value(of: $0, "action=") != nil }
    guard version.refusesSecondAction, count > 1 else { return nil }
    return "there are \(count) @action; Traffic Server 10 allows one"
  }

  /// Whether the line maps by Referer, although it is a plain `map`.
  var isByReferer: Bool {
    options.contains { Self.value(of: $0, "map_with_referer")?.isEmpty == true }
  }

  /// The plugins in their order. Parameters before the first plugin belong to it. Empty ones are dropped.
  ///
  /// Source: Traffic Server's `remap_load_plugin`.
  func plugins() -> [Plugin] {
    var plugins: [Plugin] = []
    var parameters: [String] = []
    var name: String?
    for option in options {
      if let next = Self.value(of: option, "plugin=") {
        if let name {
          plugins.append(Plugin(name: name, parameters: parameters))
          parameters = []
        }
        name = next
      } else if let value = Self.value(of: option, "pparam="), !value.isEmpty {
        parameters.append(value)
      }
    }
    if let name { plugins.append(Plugin(name: name, parameters: parameters)) }
    return plugins
  }

  /// The text after a prefix in any case. Nil: the option does not have the prefix.
  private static func value(of option: ArraySlice<UInt8>, _ prefix: String) -> String? {
    guard option.prefix(prefix.utf8.count).lazy.map(\.asciiLowerCased).elementsEqual(prefix.utf8)
    else {
      return nil
    }
    return String(decoding: option.dropFirst(prefix.utf8.count), as: UTF8.self)
  }
}
