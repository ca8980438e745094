import Files
import Foundation
import MaxMindACL

/// The most bytes of all files of a remap.config together.
private let maximumSize = 32 << 20
/// The most files of a remap.config. A file that is included twice counts twice.
private let maximumFiles = 10_000

/// A `remap.config` as Traffic Server reads it, with the files that it includes.
///
/// Source: Traffic Server's `remap_parse_config_bti` and `parse_include_directive`.
package struct RemapConfig: Sendable {
  /// The directory for relative names.
  package let directory: String
  /// The version that reads it.
  package let version: TrafficServerVersion
  /// Every `@plugin=maxmind_acl.so` in the order of the files, also on wrong lines.
  package internal(set) var instances: [RemapInstance] = []
  /// The lines that map or redirect, in the order of the files, in which Traffic Server tries them.
  package internal(set) var lines: [RemapLine] = []
  /// The mistakes in the files: errors.
  package var diagnostics: [Diagnostic] { found.diagnostics.limited }

  var filters = RemapFilters()
  private var found = DiagnosticList()
  private var places = RemapPlaces()
  /// The file that is being read and the files that include it. None of them may be included again.
  private var open: [FileIdentity] = []
  private var fileCount = 0
  private var size = 0
  private var isTooLarge = false
  private let willRead: @Sendable (String) throws(FileError) -> Void

  /// Reads a file and the files that it includes.
  ///
  /// - Parameters:
  ///   - directory: The directory for relative names: Traffic Server's configuration directory. Nil: the directory of
  ///     the file.
  ///   - needsPlugin: Whether a file without the plugin is an error.
  ///   - willRead: Called with the name of each file and directory before it is read. If it throws, the file counts as
  ///     unreadable.
  package static func read(
    _ file: String, by version: TrafficServerVersion, directory: String? = nil,
    needsPlugin: Bool = true,
    willRead: @escaping @Sendable (String) throws(FileError) -> Void = { _ in }
  ) -> RemapConfig {
    var remap = RemapConfig(
      directory: directory ?? parent(of: file), version: version, willRead: willRead)
    do throws(FileError) {
      try willRead(file)
      let contents = try FileContents.read(path: file, limit: maximumSize)
      if isConfiguration(contents.bytes) {
        remap.found.append(
          Diagnostic(
            severity: .error, id: .wrongType,
            message:
              "this is a configuration, not a remap.config; rename it to .yaml or .yml, or give "
              + "it with --config", file: file), .error)
        return remap
      }
      remap.read(contents, of: file)
    } catch {
      remap.found.append(
        Diagnostic(
          severity: .error, id: .fileUnreadable, message: "cannot be read: \(error.message)",
          file: file), .error)
      return remap
    }
    if needsPlugin, remap.instances.isEmpty, !remap.found.hasErrors {
      remap.found.append(
        Diagnostic(
          severity: .error, id: .remapPlugin, message: "no line with @plugin=maxmind_acl.so",
          file: file), .error)
    }
    return remap
  }

  /// Whether the first words belong to a YAML configuration. Traffic Server has no such line.
  private static func isConfiguration(_ bytes: [UInt8]) -> Bool {
    let words = RemapSource.lines(of: bytes, file: "").lazy.map { $0.words() }
    let first = words.first { !$0.isEmpty && !$0[0].elementsEqual("---".utf8) }?.first
    return first?.starts(with: "maxmind:".utf8) == true
      || first?.starts(with: "{maxmind:".utf8) == true
  }

  private init(
    directory: String, version: TrafficServerVersion,
    willRead: @escaping @Sendable (String) throws(FileError) -> Void
  ) {
    self.directory = directory
    self.version = version
    self.willRead = willRead
  }

  private mutating func read(_ contents: FileContents, of file: String) {
    open.append(contents.identity)
    defer { open.removeLast() }
    fileCount += 1
    size += contents.bytes.count
    for line in RemapSource.lines(of: contents.bytes, file: file) { read(line) }
  }

  private mutating func read(_ source: RemapSource) {
    let words = RemapWords(source.words())
    if words.isEmpty { return }
    if source.isCutByCarriageReturn {
      report(
        .remapPlugin,
        "the line does not continue: a carriage return stands between \\ and the line break",
        at: source)
      return
    }
    if words.plain.first?.first == UInt8(ascii: ".") {
      readDirective(words, at: source)
      return
    }
    let mistakes = found.errorCount
    let configurations = configurations(of: words, at: source)
    let line = RemapLineReader(words: words, source: source, version: version)
      .read(configurations)
    var mapHost: String?
    switch line {
    case .failure(let mistake):
      // One mistake a line is enough.
      if found.errorCount == mistakes { report(mistake.id, mistake.message, at: source) }
    case .success(let line):
      if line.hostPattern == nil, line.kind.isForward { mapHost = line.mapHost }
      add(line, words, at: source)
    }
    instances += configurations.map { RemapInstance(configuration: $0, mapHost: mapHost) }
  }

  private mutating func add(_ line: RemapLine, _ words: RemapWords, at source: RemapSource) {
    if let earlier = places.insert(line) {
      report(
        .remapLine, "\(line.kind.rawValue): \(earlier) already maps this URL", at: source)
      return
    }
    var line = line
    line.conditions = conditions(of: line, words, at: source)
    lines.append(line)
  }

  /// The conditions besides rules, URL and client that decide on the requests of a line.
  private func conditions(
    of line: RemapLine, _ words: RemapWords, at source: RemapSource
  ) -> [Diagnostic] {
    guard line.kind.isForward else { return [] }
    var found: [Diagnostic] = []
    func add(_ message: String, at source: RemapSource) {
      let end = "; the result is unknown here, so decide on a copy without it"
      found.append(source.diagnostic(.remapCondition, message + end))
    }
    if line.kind == .mapWithReceivePort {
      add("the line maps by the port that a request came in on", at: source)
    }
    if line.kind == .mapWithReferer, words.plain.count > 4 {
      add("the line maps by the Referer of a request", at: source)
    }
    if words.hasFilter(by: version) {
      add("the filter of the line also decides on requests", at: source)
    }
    for filter in filters.active {
      add("the filter \(filter.name) also decides on requests", at: filter.source)
    }
    return found
  }

  private mutating func configurations(
    of words: RemapWords, at source: RemapSource
  ) -> [String] {
    var configurations: [String] = []
    for plugin in words.plugins() where plugin.isOurs {
      let texts = [plugin.name] + plugin.parameters
      if let quoted = texts.first(where: { $0.contains { $0 == "\"" || $0 == "'" } }) {
        let message = "Traffic Server takes the quotes in \(quoted) as part of the name"
        report(.remapPlugin, message, at: source)
      } else if plugin.parameters.count != 1 {
        let message = "@plugin=maxmind_acl.so takes one @pparam, the configuration; it has "
        report(.remapPlugin, message + "\(plugin.parameters.count)", at: source)
      } else {
        configurations += plugin.parameters
      }
    }
    return configurations
  }

  private mutating func readDirective(_ words: RemapWords, at source: RemapSource) {
    let names = words.plain.map { String(decoding: $0, as: UTF8.self) }
    guard names[0] == ".include" else {
      if let mistake = filters.read(words, at: source, by: version) {
        report(.remapLine, mistake, at: source)
      }
      return
    }
    if names.count == 1 { report(.remapLine, ".include names no file", at: source) }
    for name in names.dropFirst() { include(name, at: source) }
  }

  private mutating func include(_ name: String, at source: RemapSource) {
    let path = resolve(name, in: directory)
    do throws(FileError) {
      try willRead(path)
      for file in try Self.files(named: path) { include(file: file, at: source) }
    } catch {
      report(.fileUnreadable, ".include: \(path) cannot be read: \(error.message)", at: source)
    }
  }

  private mutating func include(file: String, at source: RemapSource) {
    if isTooLarge { return }
    let contents: FileContents
    do throws(FileError) {
      try willRead(file)
      contents = try FileContents.read(path: file, limit: maximumSize)
    } catch {
      report(.fileUnreadable, ".include: \(file) cannot be read: \(error.message)", at: source)
      return
    }
    if open.contains(contents.identity) {
      report(.remapPlugin, ".include: \(file) includes itself", at: source)
    } else if open.count >= 8 {
      report(.remapPlugin, ".include nests more than 8 deep", at: source)
    } else if fileCount >= maximumFiles || contents.bytes.count > maximumSize - size {
      isTooLarge = true
      report(
        .remapPlugin,
        ".include: with \(file) there are more than \(maximumFiles) files or \(maximumSize >> 20) MiB",
        at: source)
    } else {
      read(contents, of: file)
    }
  }

  /// The files with a name: the file itself, or the files of the directory in the order of their bytes.
  private static func files(named path: String) throws(FileError) -> [String] {
    guard isDirectory(path) else { return [path] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw FileError(.unreadable, "cannot list the directory: \(error.localizedDescription)")
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { "\(path)/\($0)" }.filter { !isDirectory($0) }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private mutating func report(_ id: DiagnosticID, _ message: String, at source: RemapSource) {
    found.append(source.diagnostic(id, message), .error)
  }
}

/// The place of each mapped URL. Traffic Server refuses a second line of the same kind for a URL.
private struct RemapPlaces {
  private struct Key: Hashable {
    var table: RemapLine.Kind
    var from: RemapURL
  }

  private var places: [Key: String] = [:]

  /// Keeps a line's place. Returns the place of an earlier line with its URL.
  mutating func insert(_ line: RemapLine) -> String? {
    guard line.hostPattern == nil else { return nil }
    // Traffic Server keeps both kinds in one table.
    let table = line.kind == .mapWithReferer ? .map : line.kind
    let key = Key(table: table, from: line.from)
    if let earlier = places[key] { return earlier }
    places[key] = line.place
    return nil
  }
}
