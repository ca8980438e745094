import Addresses
import CivilTime
import GeoDatabase
import Text

// The rules with several conditions, under `rules`.
extension ConfigurationReader {
  /// The keys of a condition.
  private enum ConditionKey: String, CaseIterable {
    case ip
    case ipFile = "ip_file"
    case asn, country, subdivision, continent, anonymous, host, method, regex, time

    var field: RecordField? { RecordField(rawValue: rawValue) }
  }

  private static let conditionKeys = ConditionKey.allCases.map(\.rawValue)
  /// The longest name of a rule, in bytes.
  private static let longestName = 64
  /// The maximum number of named rules in a section.
  private static let mostRules = 1_024

  mutating func namedRules(
    _ items: [NodeID], _ section: Step.Section
  ) -> [Configuration.NamedRule] {
    var rules: [Configuration.NamedRule] = []
    var lines: [String: Int] = [:]
    for item in items {
      guard let rule = namedRule(item, section) else { continue }
      let name = rule.name
      if let first = lines[name.value] {
        error(
          .duplicateRule, "rules: the name \"\(name.value)\" is already on line \(first)",
          at: name.range)
        continue
      }
      lines[name.value] = name.range.start.line
      guard rules.count < Self.mostRules else {
        error(
          .badRule, "\(section.rawValue).rules: there are more than \(Self.mostRules) rules",
          at: name.range)
        break
      }
      rules.append(rule)
    }
    return rules
  }

  private mutating func namedRule(
    _ item: NodeID, _ section: Step.Section
  ) -> Configuration.NamedRule? {
    let errorsBefore = found.errorCount
    let known = ["name", "not", "response"] + Self.conditionKeys
    guard let keys = keys(of: item, in: "rules", known: known) else { return nil }
    guard let entry = keys["name"] else {
      error(.missingKey, "rules: a rule has no name:, which reports show", at: item)
      return nil
    }
    guard let name = ruleName(entry.value) else { return nil }
    let place = "rules \"\(name.value)\""
    var rule = Configuration.NamedRule(name: name)
    rule.conditions = conditions(keys, place)
    if let entry = keys["not"] {
      if isNothing(entry.value) {
        warning(.emptySection, "not: has nothing under it and does nothing", at: entry.key)
      } else if let keys = self.keys(
        of: entry.value, in: "\(place): not", known: Self.conditionKeys,
        hint: { $0 == "not" ? "not: cannot stand inside not:" : nil })
      {
        rule.exceptions = conditions(keys, "\(place): not")
      }
    }
    if let entry = keys["response"] {
      if section == .allow {
        error(.conflictingKeys, "response: an allow rule denies nobody", at: entry.key)
      } else {
        rule.response = response("response", entry)
      }
    }
    // A rule with mistakes stays, so that the rest of it is checked too.
    if found.errorCount == errorsBefore, rule.allConditions.allSatisfy(\.isEmpty) {
      error(
        .badRule,
        "\(place): has no conditions, so it would \(section.rawValue) every request", at: item)
      return nil
    }
    return rule
  }

  private mutating func ruleName(_ id: NodeID) -> Located<String>? {
    guard let name = text(id, "name", "a name for reports") else { return nil }
    let isPrintable = name.value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    if isPrintable, name.value.utf8.count <= Self.longestName { return name }
    error(
      .badName, "name: a rule's name is one line of at most \(Self.longestName) bytes", at: id)
    return nil
  }

  private mutating func conditions(_ keys: Keys, _ place: String) -> Configuration.Conditions {
    var conditions = Configuration.Conditions()
    for word in keys.order {
      guard let key = ConditionKey(rawValue: word), let entry = keys[word] else { continue }
      if key == .time {
        conditions.window = window(entry)
        continue
      }
      if isEmptyList(entry.value) {
        // An empty list would never hold, or always under `not`.
        error(.badRule, "\(place): \(word): the list is empty", at: entry.key)
        continue
      }
      guard let items = list(entry, "\(place): \(word)", word) else { continue }
      switch key {
      case .asn, .country, .subdivision, .continent:
        if let field = key.field { conditions.values[field] = fieldMatches(items, field) }
      case .ip: conditions.addresses = addressRanges(items, "ip")
      case .ipFile: conditions.listFiles = listFiles(items, word)
      case .anonymous: conditions.flags = items.compactMap { flag($0) }
      case .host: conditions.hosts = items.compactMap { host($0) }
      case .method: conditions.methods = items.compactMap { method($0) }
      case .regex:
        conditions.patterns = items.compactMap { pattern($0, of: "a named rule") }
      case .time: break
      }
    }
    return conditions
  }

  private mutating func flag(_ item: NodeID) -> Located<AnonymityFlags>? {
    guard let text = text(item, "anonymous", "a flag such as vpn") else { return nil }
    let flags = configuration.flagNames
    if let flag = flags.first(where: { $0.name == text.value })?.flag {
      return Located(value: flag, text: text.text, range: text.range)
    }
    let near = suggestion(for: text.value, among: flags.map(\.name))
    error(
      .unknownKey,
      "anonymous: unknown flag \(text.quoted)" + (near.map { "; did you mean \($0)?" } ?? ""),
      at: text.range)
    return nil
  }

  /// `time`: hours of the day, weekdays, or both, by the clock of a zone.
  private mutating func window(_ entry: Entry) -> Located<DailyWindow>? {
    let errorsBefore = found.errorCount
    let known = ["daily", "weekdays", "zone"]
    guard let keys = keys(of: entry.value, in: "time", known: known) else { return nil }
    if keys["daily"] == nil, keys["weekdays"] == nil {
      error(.badRule, "time: expected daily: or weekdays:, or both", at: entry.key)
      return nil
    }
    var hours = DailyHours.wholeDay
    if let entry = keys["daily"],
      let text = text(entry.value, "daily", "hours such as 22:00-06:00")
    {
      do throws(DailyWindowError) {
        hours = try DailyHours(text.value)
      } catch {
        self.error(.badTime, "daily: \(text.quoted): \(error.message)", at: text.range)
      }
    }
    let weekdays = keys["weekdays"].map { self.weekdays($0) } ?? .all
    let zone = keys["zone"].map { self.zone($0) } ?? .utc
    guard found.errorCount == errorsBefore else { return nil }
    let window = DailyWindow(hours: hours, weekdays: weekdays, zone: zone)
    return Located(value: window, text: "time", range: document[entry.value].range)
  }

  private mutating func weekdays(_ entry: Entry) -> Weekdays {
    var weekdays = Weekdays()
    if isEmptyList(entry.value) {
      error(.badRule, "weekdays: the list is empty", at: entry.key)
      return .all
    }
    for item in list(entry, "weekdays", "weekdays") ?? [] {
      guard let text = text(item, "weekdays", "a weekday such as mon") else { continue }
      do throws(DailyWindowError) {
        weekdays.formUnion(try Weekdays(text.value))
      } catch {
        self.error(.badTime, "weekdays: \(text.quoted): \(error.message)", at: text.range)
      }
    }
    return weekdays
  }

  private mutating func zone(_ entry: Entry) -> ZoneRules {
    guard let text = text(entry.value, "zone", "a time zone such as Europe/Berlin") else {
      return .utc
    }
    do throws(ZoneError) {
      return try ZoneRules(name: text.value)
    } catch {
      self.error(.badTime, "zone: \(text.quoted): \(error.message)", at: text.range)
      return .utc
    }
  }

  private mutating func host(_ item: NodeID) -> Located<HostName>? {
    guard let text = text(item, "host", "a host name such as www.example.com") else { return nil }
    if let host = HostName(text.value) {
      return Located(value: host, text: text.text, range: text.range)
    }
    error(
      .badHost,
      "host: \(text.quoted) is not a host name such as www.example.com or *.example.com; "
        + "it has no scheme, port and path"
        + (text.value.hasPrefix(".") ? "; did you mean *\(text.value)?" : ""), at: text.range)
    return nil
  }

  private mutating func method(_ item: NodeID) -> Located<RequestMethod>? {
    guard let text = text(item, "method", "a method such as GET") else { return nil }
    let bytes = Array(text.value.utf8)
    guard let method = RequestMethod(bytes.span), bytes.count <= RequestMethod.longest,
      isHeaderName(text.value)
    else {
      error(.badMethod, "method: \(text.quoted) is not a method such as GET", at: text.range)
      return nil
    }
    if text.value != text.value.uppercased() {
      warning(
        .badMethod,
        "method: \(text.quoted): methods differ in case; did you mean \(text.value.uppercased())?",
        at: text.range)
    }
    return Located(value: method, text: text.text, range: text.range)
  }
}

extension Configuration.Conditions {
  /// Whether there is no condition.
  var isEmpty: Bool {
    values.isEmpty && flags.isEmpty && addresses.isEmpty && listFiles.isEmpty && patterns.isEmpty
      && hosts.isEmpty && methods.isEmpty && window == nil
  }
}
