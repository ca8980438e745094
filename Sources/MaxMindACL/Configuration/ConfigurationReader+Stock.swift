import Addresses
import GeoDatabase
import URLPattern

// `semantics`: the sections that decide, read as the stock plugin reads them. It ignores mistakes without a message, so
// each mistake is a warning here.
extension ConfigurationReader {
  /// The value of `semantics`, before the other keys are read. Nil: there is none, or it is no version.
  var writtenSemantics: StockSemantics? {
    func value(of name: String, in id: NodeID?) -> NodeID? {
      guard let id, case .mapping(let pairs) = document[id].content else { return nil }
      return pairs.first { key, _ in
        if case .scalar(name, isPlain: _) = document[key].content { true } else { false }
      }?.value
    }
    guard let id = value(of: "semantics", in: value(of: "maxmind", in: document.root)),
      case .scalar(let text, isPlain: _) = document[id].content
    else { return nil }
    return StockSemantics(rawValue: text)
  }

  /// Checks the key, and the keys beside it.
  mutating func readSemantics(_ keys: Keys) {
    guard let stock = configuration.stock else {
      guard let entry = keys["semantics"] else { return }
      if case .scalar(StockSemantics.documented, isPlain: _) = document[entry.value].content {
        return
      }
      let versions = StockSemantics.allCases.map(\.rawValue).joined(separator: " or ")
      error(
        .badSemantics, "semantics: expected \(StockSemantics.documented), \(versions)",
        at: entry.value)
      return
    }
    for name in StockSemantics.conflictingKeys { refuse(keys[name], name, "maxmind") }
    for name in stock.semantics.ignoredSections {
      guard let entry = keys[name] else { continue }
      warning(
        .unusedKey, "\(name): is ignored: semantics: trafficserver-9 has no such section",
        at: entry.key)
    }
  }

  /// Whether the stock plugin of 10.2 has each key.
  func hasOnlyStockKeys(_ maxmind: NodeID) -> Bool {
    func values(of id: NodeID, _ known: [String]) -> [String: NodeID]? {
      guard case .mapping(let pairs) = document[id].content else { return [:] }
      var found: [String: NodeID] = [:]
      for (key, value) in pairs {
        guard case .scalar(let name, isPlain: _) = document[key].content, known.contains(name)
        else { return nil }
        found[name] = value
      }
      return found
    }
    let flags = AnonymityFlags.table.filter { AnonymityFlags.ofStock.contains($0.flag) }
    let sections = [
      "allow": StockSemantics.ruleKeys, "deny": StockSemantics.ruleKeys,
      "anonymous": flags.map(\.name), "bypass": ["header", "value"],
    ]
    guard let keys = values(of: maxmind, ["database", "html"] + sections.keys) else { return false }
    if let database = keys["database"], case .sequence = document[database].content { return false }
    return keys.allSatisfy { name, value in
      sections[name].map { values(of: value, $0) != nil } ?? true
    }
  }

  /// Reports a key that the stock plugin does not have and that would change decisions.
  private mutating func refuse(_ entry: Entry?, _ name: String, _ section: String) {
    guard let entry, let stock = configuration.stock else { return }
    error(
      .conflictingKeys,
      "\(section): \(name): cannot stand beside semantics: \(stock.semantics.rawValue), "
        + "because the stock plugin has no such rule", at: entry.key)
  }

  /// The file name of the database. The stock plugin has exactly one.
  mutating func readStockDatabase(_ entry: Entry?, at key: NodeID) {
    guard let entry else {
      error(.missingKey, "maxmind has no database: that names a .mmdb file", at: key)
      return
    }
    configuration.databases = fileName(entry, "database").map { [$0] } ?? []
  }

  mutating func readStockPage(_ entry: Entry) {
    if case .scalar(let text, isPlain: _) = document[entry.value].content,
      text.isEmpty || document[entry.value].isNull
    {
      warning(.emptySection, "html: has nothing under it and does nothing", at: entry.key)
    } else {
      configuration.responses.plain.html = fileName(entry, "html")
    }
  }

  // MARK: - allow and deny

  mutating func readStockRules(_ keys: Keys) {
    if let entry = keys["allow"] {
      let isRead = readStockRules(entry, .allow, into: \.allow)
      configuration.stock?.defaultVerdict = isRead ? .deny : .allow
    }
    if let entry = keys["deny"] { _ = readStockRules(entry, .deny, into: \.deny) }
  }

  /// Whether the plugin reads the section to its end.
  private mutating func readStockRules(
    _ entry: Entry, _ place: Step.Section,
    into rules: WritableKeyPath<Configuration, Configuration.RuleSection>
  ) -> Bool {
    let name = place.rawValue
    func effect(_ onDefault: String) -> String {
      place == .allow ? "; the default is \(onDefault)" : ""
    }
    switch document[entry.value].content {
    case .scalar:
      warning(.emptySection, "\(name): has no rules\(effect("allow"))", at: entry.key)
      return false
    case .sequence:
      warning(
        .wrongType, "\(name): a list in place of keys has no rules\(effect("deny"))", at: entry.key)
      return true
    case .mapping: break
    }
    let others = RuleKey.allCases.map(\.rawValue)
    guard
      let keys = keys(of: entry.value, in: name, known: others, severity: .warning)
    else { return true }
    for other in others where !StockSemantics.ruleKeys.contains(other) {
      refuse(keys[other], other, name)
    }
    if place == .allow, keys["country"] == nil, keys["ip"] == nil, keys["regex"] == nil {
      warning(.emptySection, "allow: has no rules; the default is deny", at: entry.key)
    }
    var section = Configuration.RuleSection()
    defer { configuration[keyPath: rules] = section }
    return readStockCountries(keys["country"], name, into: &section)
      && readStockAddresses(keys["ip"], name, into: &section)
      && readStockPatterns(keys["regex"], into: &section)
  }

  /// The items of a list. Empty: the value is not a list, which the plugin ignores.
  private mutating func stockItems(_ entry: Entry, _ name: String) -> [NodeID] {
    guard case .sequence(let items) = document[entry.value].content else {
      let isNull = document[entry.value].isNull
      warning(
        isNull ? .emptySection : .expectedList,
        "\(name): is ignored, because it is \(document[entry.value].typeName) in place of a list",
        at: entry.value)
      return []
    }
    return items
  }

  /// The text of a scalar. The plugin reads null as the text `null`. Nil: not a scalar.
  private func stockText(_ id: NodeID) -> Located<String>? {
    guard case .scalar(let text, isPlain: _) = document[id].content else { return nil }
    let read = document[id].isNull ? "null" : text
    return Located(value: read, text: read, range: document[id].range)
  }

  private mutating func warnOfEnd(_ section: String, at item: NodeID) {
    let effect = section == "allow" ? ", and the default is allow" : ""
    warning(
      .wrongType,
      "\(section): \(document[item].typeName) in place of a text ends the section: the rules after it "
        + "are ignored\(effect)", at: item)
  }

  private mutating func readStockCountries(
    _ entry: Entry?, _ section: String, into rules: inout Configuration.RuleSection
  ) -> Bool {
    guard let entry else { return true }
    var values: [Located<Configuration.FieldMatch>] = []
    defer { rules.values[.country] = values }
    for item in stockItems(entry, "\(section).country") {
      guard let text = stockText(item) else {
        warnOfEnd(section, at: item)
        return false
      }
      values.append(located(.place(PlaceCode(exactly: text.value.utf8)), text))
    }
    warnOfRepeated(values, "country")
    return true
  }

  private func located<Value>(_ value: Value, _ text: Located<String>) -> Located<Value> {
    Located(value: value, text: text.text, range: text.range)
  }

  private mutating func readStockAddresses(
    _ entry: Entry?, _ section: String, into rules: inout Configuration.RuleSection
  ) -> Bool {
    guard let entry, let semantics = configuration.stock?.semantics else { return true }
    for item in stockItems(entry, "\(section).ip") {
      guard let text = stockText(item) else {
        if semantics == .trafficServer10 {
          warning(.badAddress, "ip: \(document[item].typeName) is ignored", at: item)
          continue
        }
        warnOfEnd(section, at: item)
        return false
      }
      let range = AddressRange(text.value, as: semantics)
      do throws(AddressRangeError) {
        let parsed = try AddressRange.parse(text.value)
        if parsed.range != range {
          warning(
            .badAddress,
            "ip: \(text.quoted) is " + (range.map { "read as \($0)" } ?? "ignored"), at: item)
        } else if parsed.hasHostBits {
          warning(
            .hostBits, "ip: \(text.value) has host bits set; it is read as \(parsed.range)",
            at: item)
        }
      } catch {
        let effect = range.map { "it is read as \($0)" } ?? "it is ignored"
        warning(.badAddress, "ip: \(text.quoted): \(error.message); \(effect)", at: item)
      }
      if let range { rules.addresses.append(located(range, text)) }
    }
    return true
  }

  private mutating func readStockPatterns(
    _ entry: Entry?, into rules: inout Configuration.RuleSection
  ) -> Bool {
    guard let entry else { return true }
    for item in stockItems(entry, "regex") {
      guard case .sequence(let parts) = document[item].content, !parts.isEmpty else {
        warnOfLastPattern("expected a list of pairs: regex: [[US, \"pattern\"]]", at: item)
        break
      }
      let texts = parts.compactMap { stockText($0) }
      guard texts.count == parts.count, let pattern = texts.last.map({ stockPattern($0) }) else {
        warnOfLastPattern("a rule is a list of texts: [US, \"pattern\"]", at: item)
        break
      }
      do throws(PatternError) {
        _ = try Pattern(pattern.value)
      } catch {
        if error.isOutOfMemory {
          self.error(.noMemory, "regex: \(error.message)", at: pattern.range)
        } else {
          warnOfLastPattern(error.message, .regexSyntax, at: parts[parts.count - 1])
        }
        break
      }
      let countries = texts.dropLast()
      if countries.isEmpty {
        warning(
          .badRegexRule, "regex: the rule has no country, so it is ignored: [US, \"pattern\"]",
          at: item)
        continue
      }
      rules.regexes.append(
        Configuration.RegexRule(
          scopes: countries.map { located(.country(PlaceCode(exactly: $0.value.utf8)), $0) },
          pattern: pattern))
    }
    return true
  }

  /// Traffic Server 9 passes a pattern as a C string.
  private func stockPattern(_ text: Located<String>) -> Located<String> {
    guard configuration.stock?.semantics == .trafficServer9 else { return text }
    let end = text.value.unicodeScalars.firstIndex(of: "\0") ?? text.value.endIndex
    return located(String(text.value[..<end]), text)
  }

  private mutating func warnOfLastPattern(
    _ message: String, _ id: DiagnosticID = .badRegexRule, at item: NodeID
  ) {
    warning(id, "regex: \(message); this rule and the ones after it are ignored", at: item)
  }

  // MARK: - anonymous and bypass

  mutating func readStockAnonymous(_ entry: Entry) {
    guard case .mapping = document[entry.value].content else {
      warning(.emptySection, "anonymous: has no flags and does nothing", at: entry.key)
      return
    }
    let known = AnonymityFlags.table
    guard
      let keys = keys(
        of: entry.value, in: "anonymous", known: known.map(\.name), severity: .warning)
    else { return }
    for row in known {
      guard let flag = keys[row.name] else { continue }
      guard AnonymityFlags.ofStock.contains(row.flag) else {
        refuse(flag, row.name, "anonymous")
        continue
      }
      let value = stockBoolean(flag.value)
      if value == nil {
        warning(
          .badBoolean, "\(row.name): is ignored, because it is not true or false", at: flag.value)
      }
      let range = document[flag.key].range
      configuration.anonymous.append(
        (flag: Located(value: row.flag, text: row.name, range: range), blocked: value ?? false))
    }
  }

  /// A boolean as yaml-cpp reads it: in lower case, in upper case or with a capital. Nil: another value.
  private func stockBoolean(_ id: NodeID) -> Bool? {
    guard case .scalar(let text, isPlain: _) = document[id].content else { return nil }
    let lower = text.lowercased()
    let isCased = [lower, text.uppercased(), lower.prefix(1).uppercased() + lower.dropFirst()]
      .contains(text)
    guard isCased else { return nil }
    return lower == "y" ? true : lower == "n" ? false : booleanValue(of: text)
  }

  mutating func readStockBypass(_ entry: Entry) {
    guard case .mapping = document[entry.value].content else {
      warning(.emptySection, "bypass: has no header and does nothing", at: entry.key)
      return
    }
    let others = ["ip", "ip_file", "regex"]
    guard
      let keys = keys(
        of: entry.value, in: "bypass", known: ["header", "value"] + others, severity: .warning)
    else { return }
    for other in others { refuse(keys[other], other, "bypass") }
    let texts = ["header", "value"].map { name -> Located<String>? in
      guard let id = keys[name]?.value, !document[id].isNull, let text = stockText(id),
        !text.value.isEmpty
      else {
        warning(
          .missingKey, "bypass: has no \(name):, so it does nothing",
          at: keys[name]?.key ?? entry.key)
        return nil
      }
      return text
    }
    guard let header = texts[0], let value = texts[1] else { return }
    guard isHeaderName(header.value) else {
      warning(
        .badHeaderName,
        "bypass: \(header.quoted) cannot be the name of a header field, so it does nothing",
        at: header.range)
      return
    }
    configuration.bypass = Configuration.Bypass(header: header, value: value)
  }
}

extension AnonymityFlags {
  /// The flags of the stock plugin, each of one field: the first of the flag's row in `table`.
  static let ofStock: AnonymityFlags = [
    .ip, .vpn, .hosting, .publicProxy, .tor, .residential, .vpnDatacenter, .relayProxy,
    .proxyOverVPN,
    .smartDNSProxy,
  ]
}
