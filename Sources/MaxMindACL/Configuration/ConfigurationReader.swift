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
  private let defaultSemantics: StockSemantics?

  /// - Parameter semantics: For a file without the key.
  init(document: YAMLDocument, proxy: Proxy, semantics: StockSemantics? = nil) {
    self.document = document
    self.proxy = proxy
    defaultSemantics = semantics
    self.configuration = Configuration(file: document.file)
    configuration.dropsEmptyParameters = proxy.dropsEmptyParameters
  }

  private static let maxmindKeys = [
    "database", "fields", "country_from", "html", "define", "allow", "deny", "anonymous", "bypass",
    "unknown", "on_error",
    "reload", "jitter", "allow_older", "allow_lost_countries",
    "name", "decision_header", "annotate", "log",
    "response",
    "client", "semantics", "mode", "enforce_percent", "enforce_from", "enforce_until",
  ]

  mutating func read() {
    guard let root = document.root, !document[root].isNull else {
      let message = "the file is empty; it needs a top-level maxmind: with the configuration in it"
      error(.emptyDocument, message, at: document.root)
      return
    }
    configuration.stock = (writtenSemantics ?? defaultSemantics).map { .init(semantics: $0) }
    let severity = configuration.severity
    let top = keys(of: root, in: "the file", known: ["maxmind"], severity: severity) {
      Self.maxmindKeys.contains($0) ? "it belongs under maxmind:, indented" : nil
    }
    guard let top else { return }
    guard let maxmind = top["maxmind"] else {
      error(.missingKey, "no top-level maxmind: that holds the configuration", at: root)
      return
    }
    if document[maxmind.value].isNull {
      let message = "maxmind: has nothing under it; it needs keys such as database: and deny:"
      error(.emptyValue, message, at: maxmind.key)
      return
    }
    guard
      let keys = keys(
        of: maxmind.value, in: "maxmind", known: Self.maxmindKeys, severity: severity)
    else { return }
    readSemantics(keys)
    configuration.hasOnlyStockKeys = hasOnlyStockKeys(maxmind.value)
    if let stock = configuration.stock {
      readStockDatabase(keys["database"], at: maxmind.key)
      if let entry = keys["html"] { readStockPage(entry) }
      readStockRules(keys)
      if stock.semantics.ignoredSections.isEmpty {
        if let entry = keys["anonymous"] { readStockAnonymous(entry) }
        if let entry = keys["bypass"] { readStockBypass(entry) }
      }
    } else {
      readRules(keys)
    }
    readEnforcement(keys)
    warnOfForgeableBypass()
    readReload(keys)
    readReporting(keys)
    if let entry = keys["response"] { readResponses(entry, topLevelPage: keys["html"]) }
    if configuration.stock == nil { requireDatabase(keys, at: maxmind.key) }
  }

  /// The keys that decide.
  private mutating func readRules(_ keys: Keys) {
    if let entry = keys["database"] { readDatabases(entry) }
    if let entry = keys["fields"] { readFields(entry) }
    if let entry = keys["country_from"] { readCountryFrom(entry) }
    if let entry = keys["define"] { readGroups(entry) }
    if let entry = keys["html"] { configuration.responses.plain.html = fileName(entry, "html") }
    if let entry = keys["allow"] { readRules(entry, .allow, into: \.allow) }
    if let entry = keys["deny"] { readRules(entry, .deny, into: \.deny) }
    if let entry = keys["anonymous"] { readAnonymous(entry) }
    if let entry = keys["bypass"] { readBypass(entry) }
    if let entry = keys["client"] { readClient(entry) }
    if let entry = keys["unknown"] { configuration.unknown = verdict(entry.value, "unknown") }
    if let entry = keys["on_error"] { configuration.onError = verdict(entry.value, "on_error") }
    if let entry = keys["unknown"], !configuration.reads(.country), !hasCountryErrors {
      error(
        .unknownWithoutCountry,
        "unknown: has no meaning here, because no rule reads a country", at: entry.key)
    }
    warnOfUnusedGroups()
  }

  /// The maximum number of databases.
  private static let mostDatabases = 8

  /// `database`: a file name, or a list of file names.
  private mutating func readDatabases(_ entry: Entry) {
    let names = fileNames(entry, "database")
    configuration.databases = Array(names.prefix(Self.mostDatabases))
    if names.count > Self.mostDatabases {
      error(
        .badField, "database: there are more than \(Self.mostDatabases) databases",
        at: names[Self.mostDatabases].range)
    }
  }

  /// Reports a missing database if a rule or header field reads one.
  private mutating func requireDatabase(_ keys: Keys, at key: NodeID) {
    guard configuration.databases.isEmpty, keys["database"] == nil || !found.hasErrors,
      let reader = readerOfDatabase
    else { return }
    error(
      .missingKey,
      "maxmind has no database: that names a .mmdb file, but \(reader) reads one", at: key)
  }

  /// The first key that needs a database; nil: none.
  private var readerOfDatabase: String? {
    for (section, rules) in [
      (Step.Section.allow, configuration.allow), (.deny, configuration.deny),
    ] {
      for field in RecordField.decisive where rules.reads(field) {
        return "a rule for \(field.rawValue) under \(section.rawValue):"
      }
      if rules.readsFlags { return "a rule for anonymous under \(section.rawValue):" }
    }
    if !configuration.readFlags.isEmpty { return "anonymous:" }
    return RecordField.allCases.contains { configuration.reporting.reads($0) } ? "annotate:" : nil
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
    let flags = configuration.flagNames
    guard let keys = keys(of: entry.value, in: "anonymous", known: flags.map(\.name)) else {
      return
    }
    for name in keys.order {
      guard let entry = keys[name], let flag = flags.first(where: { $0.name == name })?.flag
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
