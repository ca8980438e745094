import Foundation
import MaxMindACL

/// The lines of a `remap.config` that name our plugin.
///
/// Reads comments, continued lines, quotes and `.include` as Traffic Server does: a `\` at the end of a
/// line and the line break are two spaces; white space inside quotes does not end a word, and the quotes
/// stay in it; an included directory stands for the files in it.
///
/// Source: Traffic Server's `remap_parse_config_bti`, `tokLine` and `Tokenizer`.
struct RemapConfig {
  /// One `@plugin=maxmind_acl.so` with what it is given.
  struct Line {
    /// The `@pparam`: the file name of the configuration.
    var configuration: String
    /// The host of the URL that the line maps from, if it has one.
    var mapHost: String?
  }

  /// Where a line stands.
  private struct Place {
    var file: String
    var number: Int
    var text: String
  }

  /// Why a file that could not be read could not.
  private static func obstacle(to file: String) -> String {
    if isDirectory(file) { return "it is a directory" }
    return FileManager.default.fileExists(atPath: file) ? "no permission" : "no such file"
  }

  /// The directory that names are relative to.
  let directory: String
  private(set) var lines: [Line] = []
  private(set) var diagnostics: [Diagnostic] = []

  /// Reads a file and those that it includes.
  static func read(_ file: String, directory: String?) -> RemapConfig {
    let own = URL(fileURLWithPath: file).deletingLastPathComponent().path
    var remap = RemapConfig(directory: directory ?? own)
    guard let text = Self.text(of: file) else {
      remap.diagnostics.append(
        Diagnostic(
          severity: .error, id: .fileUnreadable,
          message: "cannot be read: \(Self.obstacle(to: file))",
          file: file))
      return remap
    }
    remap.read(text, of: file, depth: 0)
    if remap.lines.isEmpty, remap.diagnostics.isEmpty {
      remap.diagnostics.append(
        Diagnostic(
          severity: .error, id: .remapPlugin, message: "no line with @plugin=maxmind_acl.so",
          file: file))
    }
    return remap
  }

  private init(directory: String) {
    self.directory = directory
  }

  private static func text(of file: String) -> String? {
    FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
  }

  private mutating func read(_ text: String, of file: String, depth: Int) {
    var pending = ""
    var start = 0
    for (index, line) in text.utf8.split(separator: 10, omittingEmptySubsequences: false)
      .enumerated()
    {
      if pending.isEmpty { start = index + 1 }
      if line.last == UInt8(ascii: "\\") {
        pending += String(Substring(line.dropLast())) + "  "
        continue
      }
      let whole = pending + String(Substring(line))
      readLine(Place(file: file, number: start, text: whole), depth: depth)
      pending = ""
    }
    if !pending.isEmpty { readLine(Place(file: file, number: start, text: pending), depth: depth) }
  }

  private mutating func readLine(_ place: Place, depth: Int) {
    let text = place.text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty, !text.hasPrefix("#") else { return }
    let words = Self.words(of: text)
    if place.text.hasSuffix("\\\r") {
      let message = "the line is not continued: a carriage return stands between \\ and its end"
      report(message, at: place)
      return
    }
    if words.first == ".include" {
      for name in words.dropFirst() { include(name, at: place, depth: depth) }
      return
    }
    // Parameters in front of the first plugin are given to it, empty ones to none.
    var plugin: String?
    var parameters: [String] = []
    for word in words {
      if let name = Self.value(of: word, "@plugin=") {
        if let plugin { add(plugin, parameters, words, at: place) }
        if plugin != nil { parameters = [] }
        plugin = name
      } else if let value = Self.value(of: word, "@pparam="), !value.isEmpty {
        parameters.append(value)
      }
    }
    if let plugin { add(plugin, parameters, words, at: place) }
  }

  private mutating func add(
    _ plugin: String, _ parameters: [String], _ words: [String], at place: Place
  ) {
    let plain = plugin.filter { $0 != "\"" && $0 != "'" }
    guard plain.split(separator: "/").last == "maxmind_acl.so" else { return }
    for word in [plugin] + parameters where word.contains(where: { $0 == "\"" || $0 == "'" }) {
      report("Traffic Server takes the quotes in \(word) as part of the name", at: place)
      return
    }
    guard parameters.count == 1 else {
      let count = parameters.count
      report(
        "@plugin=maxmind_acl.so takes one @pparam, the configuration; it has \(count)", at: place)
      return
    }
    lines.append(Line(configuration: parameters[0], mapHost: Self.host(of: words)))
  }

  private mutating func include(_ name: String, at place: Place, depth: Int) {
    if depth >= 8 {
      report(".include nests more than 8 deep", at: place)
      return
    }
    let path = name.hasPrefix("/") ? name : "\(directory)/\(name)"
    let files: [String]
    if Self.isDirectory(path) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      files = names.sorted().map { "\(path)/\($0)" }.filter { !Self.isDirectory($0) }
    } else {
      files = [path]
    }
    for file in files {
      if let text = Self.text(of: file) {
        read(text, of: file, depth: depth + 1)
      } else {
        report(
          ".include: \(file) cannot be read: \(Self.obstacle(to: file))", id: .fileUnreadable,
          at: place)
      }
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The words of a line; white space between quotes of either kind does not end one.
  private static func words(of line: String) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    var isQuoted = false
    for scalar in line.unicodeScalars {
      if scalar == "\"" || scalar == "'" { isQuoted.toggle() }
      if isQuoted || (scalar != " " && scalar != "\t") {
        word.append(scalar)
      } else if !word.isEmpty {
        words.append(String(word))
        word = String.UnicodeScalarView()
      }
    }
    if !word.isEmpty { words.append(String(word)) }
    return words
  }

  /// What follows a prefix, in any case; nil if the word begins otherwise.
  private static func value(of word: String, _ prefix: String) -> String? {
    word.prefix(prefix.count).lowercased() == prefix ? String(word.dropFirst(prefix.count)) : nil
  }

  /// The host of the URL that a line maps from; nil if it is a pattern, or not there.
  private static func host(of words: [String]) -> String? {
    let mappings = ["map", "map_with_recv_port", "map_with_referer"]
    guard words.count > 1, mappings.contains(words[0].lowercased()) else { return nil }
    return URL(string: words[1])?.host
  }

  private mutating func report(
    _ message: String, id: DiagnosticID = .remapPlugin, at place: Place
  ) {
    let count = place.text.unicodeScalars.count
    let range = SourceRange(
      start: SourcePosition(line: place.number, column: 1),
      end: SourcePosition(line: place.number, column: max(count, 1) + 1))
    diagnostics.append(
      Diagnostic(
        severity: .error, id: id, message: message, file: place.file, range: range,
        sourceLine: place.text))
  }
}
