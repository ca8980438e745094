import GeoDatabase

/// Reads a YAML document as a configuration and collects all its problems.
///
/// Invalid values are left out, so that the rest can still be checked.
struct ConfigurationReader: YAMLReader {
  let document: YAMLDocument
  var found = DiagnosticList()
  var configuration: Configuration
  let proxy: Proxy
  var groups = Groups()

  init(document: YAMLDocument, proxy: Proxy) {
    self.document = document
    self.proxy = proxy
    self.configuration = Configuration(file: document.file)
    configuration.dropsEmptyParameters = proxy.dropsEmptyParameters
  }

  private static let maxmindKeys = [
    "database", "html", "define", "allow", "deny", "anonymous", "bypass", "unknown", "on_error",
    "reload", "jitter", "allow_older", "allow_lost_countries",
    "name", "decision_header", "annotate", "log",
    "response",
    "client", "mode", "enforce_percent", "enforce_from", "enforce_until",
  ]

  mutating func read() {
    guard let root = document.root, !document[root].isNull else {
      let message = "the file is empty; it needs a top-level maxmind: with a database: in it"
      error(.emptyDocument, message, at: document.root)
      return
    }
    let top = keys(of: root, in: "the file", known: ["maxmind"]) {
      Self.maxmindKeys.contains($0) ? "it belongs under maxmind:, indented" : nil
    }
    guard let top else { return }
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
    if let entry = keys["define"] { readGroups(entry) }
    if let entry = keys["html"] { configuration.responses.plain.html = fileName(entry, "html") }
    if let entry = keys["allow"] { readRules(entry, .allow, into: \.allow) }
    if let entry = keys["deny"] { readRules(entry, .deny, into: \.deny) }
    if let entry = keys["anonymous"] { readAnonymous(entry) }
    if let entry = keys["bypass"] { readBypass(entry) }
    if let entry = keys["client"] { readClient(entry) }
    readEnforcement(keys)
    warnOfForgeableBypass()
    if let entry = keys["unknown"] { configuration.unknown = verdict(entry.value, "unknown") }
    if let entry = keys["on_error"] { configuration.onError = verdict(entry.value, "on_error") }
    readReload(keys)
    readReporting(keys)
    if let entry = keys["response"] { readResponses(entry, topLevelPage: keys["html"]) }
    if let entry = keys["unknown"], !configuration.readsCountry, !hasCountryErrors {
      error(
        .unknownWithoutCountry,
        "unknown: has no meaning here, because no rule reads a country", at: entry.key)
    }
    warnOfUnusedGroups()
  }

  /// Whether an error removed a country rule. Then the absence of country rules means nothing.
  private var hasCountryErrors: Bool {
    found.diagnostics.contains {
      $0.severity == .error
        && [
          .badCountry, .badGroup, .badRegexRule, .emptyValue, .expectedList, .groupCycle,
          .groupLimit, .unknownGroup, .unknownKey, .wrongType,
        ].contains($0.id)
    }
  }

  // MARK: - Keys other than rules

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

  mutating func boolean(_ entry: Entry, _ name: String, orElse other: String? = nil) -> Bool? {
    if case .scalar(let text, isPlain: true) = document[entry.value].content,
      let value = booleanValue(of: text)
    {
      return value
    }
    let expected = other.map { "true, false or \($0)" } ?? "true or false"
    error(.badBoolean, "\(name): expected \(expected)", at: entry.value)
    return nil
  }
}

/// A boolean as YAML 1.1 writes it; nil: not a boolean.
func booleanValue(of text: String) -> Bool? {
  switch text.lowercased() {
  case "true", "yes", "on": true
  case "false", "no", "off": false
  default: nil
  }
}
