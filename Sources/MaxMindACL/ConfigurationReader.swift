import GeoDatabase

/// Reads a YAML document as a configuration and collects everything that is wrong with it.
///
/// What is wrong is left out of the configuration, so that the rest can still be looked at.
struct ConfigurationReader {
  let document: YAMLDocument
  private(set) var found = DiagnosticList()
  var configuration: Configuration

  typealias NodeID = YAMLDocument.NodeID

  init(document: YAMLDocument) {
    self.document = document
    self.configuration = Configuration(file: document.file)
  }

  private static let maxmindKeys = [
    "database", "html", "allow", "deny", "anonymous", "bypass", "unknown", "on_error",
  ]

  mutating func read() {
    guard let root = document.root, !document[root].isNull else {
      let message = "the file is empty; it needs a top-level maxmind: with a database: in it"
      error(.emptyDocument, message, at: document.root)
      return
    }
    guard let top = keys(of: root, in: "the file", known: ["maxmind"]) else { return }
    guard let maxmind = top["maxmind"] else {
      error(.missingKey, "no top-level maxmind: that holds the configuration", at: root)
      return
    }
    if document[maxmind.value].isNull {
      error(.emptyValue, "maxmind: has nothing under it; it needs a database:", at: maxmind.key)
      return
    }
    guard let keys = keys(of: maxmind.value, in: "maxmind", known: Self.maxmindKeys) else { return }

    if let entry = keys["database"] {
      configuration.database = fileName(entry, "database")
    } else {
      error(.missingKey, "maxmind has no database: that names a .mmdb file", at: maxmind.key)
    }
    if let entry = keys["html"] { configuration.html = fileName(entry, "html") }
    if let entry = keys["allow"] { configuration.allow = ruleSection(entry, "allow") }
    if let entry = keys["deny"] { configuration.deny = ruleSection(entry, "deny") }
    if let entry = keys["anonymous"] { readAnonymous(entry) }
    if let entry = keys["bypass"] { readBypass(entry) }
    if let entry = keys["unknown"] { configuration.unknown = verdict(entry, "unknown") }
    if let entry = keys["on_error"] { configuration.onError = verdict(entry, "on_error") }
    if let entry = keys["unknown"], !configuration.readsCountry, !hasCountryErrors {
      error(
        .unknownWithoutCountry,
        "unknown: has no meaning here, because no rule reads a country", at: entry.key)
    }
  }

  /// Whether a country rule was left out because of an error: then nothing follows from its absence.
  private var hasCountryErrors: Bool {
    found.diagnostics.contains {
      $0.severity == .error
        && [.badCountry, .badRegexRule, .emptyValue, .expectedList, .unknownKey, .wrongType]
          .contains($0.id)
    }
  }

  // MARK: - Keys other than rules

  private mutating func fileName(_ entry: Entry, _ name: String) -> Located<String>? {
    guard let value = text(entry.value, name, "a file name") else { return nil }
    if value.value.unicodeScalars.contains("\0") {
      error(.wrongType, "\(name): a file name cannot hold a NUL", at: entry.value)
      return nil
    }
    return value
  }

  private mutating func readAnonymous(_ entry: Entry) {
    if isNothing(entry.value) {
      warning(.emptySection, "anonymous: has nothing under it and does nothing", at: entry.key)
      return
    }
    let names = AnonymityFlags.table.map(\.name)
    guard let keys = keys(of: entry.value, in: "anonymous", known: names) else { return }
    for name in keys.order {
      guard let entry = keys[name],
        let flag = AnonymityFlags.table.first(where: { $0.name == name })?.flag
      else { continue }
      guard let blocked = boolean(entry, name) else { continue }
      let range = document[entry.key].range
      configuration.anonymous.append(
        (flag: Located(value: flag, text: name, range: range), blocked: blocked))
    }
  }

  private mutating func readBypass(_ entry: Entry) {
    guard let keys = keys(of: entry.value, in: "bypass", known: ["header", "value"]) else { return }
    for name in ["header", "value"] where keys[name] == nil {
      error(.missingKey, "bypass has no \(name):; it needs header: and value:", at: entry.key)
    }
    let header = keys["header"].flatMap { text($0.value, "header", "the name of a header field") }
    let value = keys["value"].flatMap { text($0.value, "value", "the value of that field") }
    guard let header, let value else { return }
    if !header.value.utf8.allSatisfy(isTokenCharacter) {
      error(
        .badHeaderName, "header: \"\(header.value)\" cannot be the name of a header field",
        at: header.range)
      return
    }
    configuration.bypass = Configuration.Bypass(header: header, value: value)
  }

  private mutating func boolean(_ entry: Entry, _ name: String) -> Bool? {
    if case .scalar(let text, isPlain: true) = document[entry.value].content {
      switch text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: break
      }
    }
    error(.badBoolean, "\(name): expected true or false", at: entry.value)
    return nil
  }

  private mutating func verdict(_ entry: Entry, _ name: String) -> Located<Verdict>? {
    if case .scalar(let text, isPlain: _) = document[entry.value].content,
      let verdict = Verdict(rawValue: text)
    {
      return Located(value: verdict, text: text, range: document[entry.value].range)
    }
    error(.badVerdict, "\(name): expected allow or deny", at: entry.value)
    return nil
  }

  // MARK: - Nodes

  /// A key of a mapping with its value.
  struct Entry {
    var key: NodeID
    var value: NodeID
  }

  /// The entries of a mapping by key; `order` has the keys as the file has them.
  struct Keys {
    var order: [String] = []
    var entries: [String: Entry] = [:]

    subscript(name: String) -> Entry? { entries[name] }
  }

  /// The entries of a mapping, unknown and duplicate keys reported; nil if it is no mapping.
  mutating func keys(of id: NodeID, in section: String, known: [String]) -> Keys? {
    guard case .mapping(let pairs) = document[id].content else {
      let example = known.first ?? "key"
      error(
        .wrongType,
        "\(section): expected keys such as \(example):, not \(document[id].typeName)", at: id)
      return nil
    }
    var keys = Keys()
    for (key, value) in pairs {
      guard case .scalar(let name, isPlain: _) = document[key].content else {
        error(.wrongType, "\(section): a key is a name, not \(document[key].typeName)", at: key)
        continue
      }
      if let first = keys.entries[name] {
        let line = document[first.key].range.start.line
        error(.duplicateKey, "\(section): \(name): stands already on line \(line)", at: key)
      } else if !known.contains(name) {
        var message = "\(section): nothing reads the key \"\(name)\""
        if known == ["maxmind"], Self.maxmindKeys.contains(name) {
          message += "; it stands under maxmind:, indented"
        } else if let near = suggestion(for: name, among: known) {
          message += "; did you mean \(near)?"
        }
        error(.unknownKey, message, at: key)
      } else {
        keys.order.append(name)
        keys.entries[name] = Entry(key: key, value: value)
      }
    }
    return keys
  }

  /// Whether a section has nothing under it: null, or a mapping without keys.
  func isNothing(_ id: NodeID) -> Bool {
    if case .mapping(let pairs) = document[id].content { return pairs.isEmpty }
    return document[id].isNull
  }

  /// A text that is not empty; anything else is reported.
  mutating func text(_ id: NodeID, _ name: String, _ what: String) -> Located<String>? {
    let node = document[id]
    guard case .scalar(let text, isPlain: _) = node.content else {
      error(.wrongType, "\(name): expected \(what), not \(node.typeName)", at: id)
      return nil
    }
    if node.isNull || text.isEmpty {
      error(.emptyValue, "\(name): expected \(what), but there is nothing", at: id)
      return nil
    }
    return Located(value: text, text: text, range: node.range)
  }

  mutating func error(_ id: DiagnosticID, _ message: String, at node: NodeID?) {
    error(id, message, at: node.map { document[$0].range })
  }

  mutating func error(_ id: DiagnosticID, _ message: String, at range: SourceRange?) {
    found.append(document.diagnostic(.error, id, message, at: range), .error)
  }

  mutating func warning(_ id: DiagnosticID, _ message: String, at node: NodeID?) {
    warning(id, message, at: node.map { document[$0].range })
  }

  mutating func warning(_ id: DiagnosticID, _ message: String, at range: SourceRange?) {
    found.append(document.diagnostic(.warning, id, message, at: range), .warning)
  }
}

/// Whether a byte may stand in the name of a header field: `tchar` of RFC 9110 §5.6.2, or the `@`
/// that begins Traffic Server's internal names.
private func isTokenCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default:
    "!#$%&'*+-.^_`|~@".utf8.contains(byte)
  }
}
