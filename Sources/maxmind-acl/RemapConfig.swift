import Foundation
import MaxMindACL

/// The lines of a `remap.config` that name our plugin.
///
/// Reads comments, continued lines (a `\` at the end), quotes and `.include`, as Traffic Server does.
struct RemapConfig {
  /// One `@plugin=maxmind_acl.so` with what it is given.
  struct Line {
    /// The first `@pparam`: the file name of the configuration.
    var configuration: String
    /// The host of the URL that the line maps from, if it has one.
    var mapHost: String?
  }

  /// The directory that names are relative to.
  let directory: String
  private(set) var lines: [Line] = []
  private(set) var diagnostics: [Diagnostic] = []

  /// Reads a file and those that it includes.
  static func read(_ file: String, directory: String?) -> RemapConfig {
    let own = URL(fileURLWithPath: file).deletingLastPathComponent().path
    var remap = RemapConfig(directory: directory ?? own)
    remap.readFile(file, depth: 0)
    if remap.lines.isEmpty, remap.diagnostics.isEmpty {
      remap.report("no line with @plugin=maxmind_acl.so", in: file, id: .remapPlugin)
    }
    return remap
  }

  private init(directory: String) {
    self.directory = directory
  }

  private mutating func readFile(_ file: String, depth: Int) {
    guard let data = FileManager.default.contents(atPath: file) else {
      report("cannot be read", in: file, id: .fileUnreadable)
      return
    }
    let text = String(decoding: data, as: UTF8.self)
    var pending = ""
    var start = 0
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      if pending.isEmpty { start = index + 1 }
      if line.hasSuffix("\\") {
        pending += line.dropLast()
        continue
      }
      readLine(pending + line, number: start, of: file, depth: depth)
      pending = ""
    }
    if !pending.isEmpty { readLine(pending, number: start, of: file, depth: depth) }
  }

  private mutating func readLine(_ line: String, number: Int, of file: String, depth: Int) {
    let words = Self.words(of: line)
    guard let first = words.first, !first.hasPrefix("#") else { return }
    let place = SourceRange(
      start: SourcePosition(line: number, column: 1),
      end: SourcePosition(line: number, column: max(line.count, 1) + 1))
    if first == ".include" {
      for name in words.dropFirst() {
        if depth >= 8 {
          report(".include nests more than 8 deep", in: file, id: .remapPlugin, place, line)
        } else {
          let path = name.hasPrefix("/") ? name : "\(directory)/\(name)"
          readFile(path, depth: depth + 1)
        }
      }
      return
    }
    var plugin: (name: String, parameters: [String])?
    func finish(_ remap: inout RemapConfig) {
      guard let plugin, plugin.name.split(separator: "/").last == "maxmind_acl.so" else { return }
      guard plugin.parameters.count == 1 else {
        let count = plugin.parameters.count
        let message = "@plugin=maxmind_acl.so takes one @pparam, the configuration; it has \(count)"
        remap.report(message, in: file, id: .remapPlugin, place, line)
        return
      }
      remap.lines.append(
        Line(configuration: plugin.parameters[0], mapHost: Self.host(of: words)))
    }
    for word in words {
      if word.hasPrefix("@plugin=") {
        finish(&self)
        plugin = (name: String(word.dropFirst("@plugin=".count)), parameters: [])
      } else if word.hasPrefix("@pparam=") {
        plugin?.parameters.append(String(word.dropFirst("@pparam=".count)))
      }
    }
    finish(&self)
  }

  /// The words of a line; white space inside double quotes does not end one.
  private static func words(of line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
      } else if character.isWhitespace, !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// The host of the URL that a `map` line maps from.
  private static func host(of words: [String]) -> String? {
    guard words.count > 1, words[0] == "map", let url = URL(string: words[1]) else { return nil }
    return url.host
  }

  private mutating func report(
    _ message: String, in file: String, id: DiagnosticID, _ range: SourceRange? = nil,
    _ line: String? = nil
  ) {
    diagnostics.append(
      Diagnostic(
        severity: .error, id: id, message: message, file: file, range: range, sourceLine: line))
  }
}
