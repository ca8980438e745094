import Addresses
import GeoDatabase
import Text

// The rules under `allow` and `deny`.
extension ConfigurationReader {
  /// The keys of a section of rules.
  enum RuleKey: String, CaseIterable {
    case country, ip
    case ipFile = "ip_file"
    case regex, asn, subdivision, continent, rules

    /// The field of the record that the rules read; nil: none.
    var field: RecordField? { RecordField(rawValue: rawValue) }

    var shape: ItemShape {
      switch self {
      case .regex: .pairs
      case .rules: .rules
      case .asn, .country, .subdivision, .continent, .ip, .ipFile: .values
      }
    }
  }

  mutating func readRules(
    _ entry: Entry, _ place: Step.Section,
    into rules: WritableKeyPath<Configuration, Configuration.RuleSection>
  ) {
    let name = place.rawValue
    if isNothing(entry.value) {
      let effect =
        place == .allow ? "counts as no allow rules: the default is allow" : "does nothing"
      warning(.emptySection, "\(name): has nothing under it and \(effect)", at: entry.key)
      return
    }
    let known = RuleKey.allCases.map(\.rawValue)
    let errorsBefore = found.errorCount
    guard let keys = keys(of: entry.value, in: name, known: known) else { return }
    var section = Configuration.RuleSection()
    for word in keys.order {
      guard let key = RuleKey(rawValue: word), let listed = keys[word],
        let items = list(listed, "\(name).\(word)", word, of: key.shape)
      else { continue }
      switch key {
      case .asn, .country, .subdivision, .continent:
        if let field = key.field { section.values[field] = fieldMatches(items, field) }
      case .ip: section.addresses = addressRanges(items, "ip")
      case .ipFile: section.listFiles = listFiles(items, word)
      case .regex: for item in items { add(regex: item, to: &section) }
      case .rules: section.rules = namedRules(items, place)
      }
    }
    configuration[keyPath: rules] = section
    // Without an allow rule, the default would silently become allow.
    if place == .allow, configuration.ruleCount(in: place) == 0, found.errorCount == errorsBefore {
      error(
        .noAllowRules,
        "allow has keys but no rules; remove allow: to allow by default, or add a rule",
        at: entry.key)
    }
  }

  private func scalarText(_ id: NodeID) -> String? {
    if case .scalar(let text, isPlain: _) = document[id].content { text } else { nil }
  }

  /// Whether a value is null or a list without items.
  func isEmptyList(_ id: NodeID) -> Bool {
    if case .sequence(let items) = document[id].content { return items.isEmpty }
    return document[id].isNull
  }

  /// The items of a list. Reports a single value with the correct spelling.
  ///
  mutating func list(
    _ entry: Entry, _ name: String, _ key: String, of shape: ItemShape = .values
  ) -> [NodeID]? {
    let node = document[entry.value]
    switch node.content {
    case .sequence(let items):
      if items.isEmpty {
        warning(.emptySection, "\(name): the list is empty", at: entry.key)
      }
      let texts = items.compactMap(scalarText)
      if shape == .pairs, texts.count == items.count, texts.count >= 2 {
        let pair = texts.map(quotedForList).joined(separator: ", ")
        error(
          .badRegexRule, "\(name): expected a list of pairs: regex: [[\(pair)]]", at: entry.value)
        return nil
      }
      return items
    case .scalar(let text, isPlain: _):
      if node.isNull {
        warning(.emptySection, "\(name): has nothing under it", at: entry.key)
        return []
      }
      let expected =
        switch shape {
        case .values: "a list: \(key): [\(quotedForList(text))]"
        case .pairs: "a list of pairs: regex: [[US, \"pattern\"]]"
        case .rules: "a list of rules, each with a name: and conditions"
        }
      error(.expectedList, "\(name): expected \(expected)", at: entry.value)
    case .mapping:
      let hint = shape == .rules ? "; begin each rule with \"- name:\"" : ""
      error(.wrongType, "\(name): expected a list, not a mapping\(hint)", at: entry.value)
    }
    return nil
  }

  mutating func addressRanges(_ items: [NodeID]?, _ name: String) -> [Located<AddressRange>] {
    values(of: items ?? [], name, "an address, a CIDR prefix or a range") {
      $0.addressRange($1, name)
    }
  }

  private mutating func addressRange(_ text: Located<String>, _ name: String) -> AddressRange? {
    do throws(AddressRangeError) {
      let parsed = try AddressRange.parse(text.value)
      if parsed.hasHostBits {
        warning(
          .hostBits,
          "\(name): \(text.value)\(text.origin) has host bits set; it is read as \(parsed.range)",
          at: text.range)
      }
      return parsed.range
    } catch {
      self.error(.badAddress, "\(name): \(text.quoted): \(error.message)", at: text.range)
      return nil
    }
  }

  /// The list files of a key.
  mutating func listFiles(_ items: [NodeID], _ key: String) -> [Configuration.ListFile] {
    var files: [Configuration.ListFile] = []
    for item in items {
      guard let file = listFile(item, key) else { continue }
      let first = files.first {
        $0.name.value == file.name.value && $0.value?.value == file.value?.value
      }
      if let first {
        warning(
          .duplicateRule,
          "\(key): \(file.name.value) is already on line \(first.name.range.start.line)", at: item)
      }
      files.append(file)
    }
    return files
  }

  /// A file name, or `{file: NAME, allow_empty: true, value: VALUE}`.
  private mutating func listFile(_ item: NodeID, _ key: String) -> Configuration.ListFile? {
    guard case .mapping = document[item].content else {
      return fileName(item, key).map { Configuration.ListFile(name: $0) }
    }
    guard let keys = keys(of: item, in: key, known: ["file", "allow_empty", "value"]) else {
      return nil
    }
    let errorsBefore = found.errorCount
    let allowsEmpty = keys["allow_empty"].flatMap { boolean($0, "allow_empty") }
    let value = keys["value"].flatMap { text($0.value, "value", "a value of the list") }
    let name = keys["file"].flatMap { fileName($0, "file") }
    if keys["file"] == nil {
      error(.missingKey, "\(key) has no file: that names a list file", at: item)
    }
    guard let name, found.errorCount == errorsBefore else { return nil }
    return Configuration.ListFile(name: name, allowsEmpty: allowsEmpty ?? false, value: value)
  }

  private mutating func add(regex item: NodeID, to section: inout Configuration.RuleSection) {
    let shape = "expected a list of pairs: regex: [[US, \"pattern\"]]"
    guard case .sequence(let parts) = document[item].content else {
      error(.badRegexRule, "regex: \(shape), not \(document[item].typeName)", at: item)
      return
    }
    guard parts.count >= 2, let last = parts.last else {
      error(
        .badRegexRule, "regex: a rule is a country (or \"*\") and a pattern: [US, \"pattern\"]",
        at: item)
      return
    }
    let errorsBefore = found.errorCount
    let scopes: [Located<Configuration.Scope>] = values(
      of: parts.dropLast(), "regex", "a country code such as US, or \"*\""
    ) {
      $1.value == "*" ? .anyone : $0.countryCode($1).map { .country($0) }
    }
    guard found.errorCount == errorsBefore, !scopes.isEmpty else { return }
    guard let pattern = text(last, "regex", "a pattern") else { return }
    section.regexes.append(Configuration.RegexRule(scopes: scopes, pattern: pattern))
  }
}

/// The items of a list, for messages about a value that is not a list.
enum ItemShape {
  case values
  /// Lists of countries and a pattern.
  case pairs
  /// Named rules.
  case rules
}

/// A text as an item of a flow sequence, quoted if necessary.
private func quotedForList(_ text: String) -> String {
  let isBare = text.utf8.allSatisfy { byte in
    switch byte | 0x20 {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte < 0x80
    default: "0123456789./$_".utf8.contains(byte)
    }
  }
  if isBare, !text.isEmpty { return text }
  return text.utf8.contains { "\"\\".utf8.contains($0) } ? singleQuoted(text) : "\"\(text)\""
}
