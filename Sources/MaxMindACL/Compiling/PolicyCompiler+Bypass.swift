import Addresses
import URLPattern

/// The compiled bypass header.
struct BypassHeader: Sendable {
  var name: String
  var value: [UInt8]
  var rule: UInt32
  /// The clients whose field counts, besides trusted proxies.
  var sources: AddressTable
  /// Whether the field counts from every client.
  var countsFromEveryone: Bool
}

/// The compiled rules of `bypass` without the header.
struct BypassRules: Sendable {
  /// The clients that pass.
  var addresses = AddressTable.empty
  /// The URLs that pass.
  var patterns = PatternSet.empty

  var isEmpty: Bool { addresses.isEmpty && patterns.isEmpty }
}

// The requests that pass before all rules, and the trusted proxies.
extension PolicyCompiler {
  /// The bypass header and the other rules of `bypass`. With a header, the addresses limit the clients whose field
  /// counts.
  mutating func bypass() -> (header: BypassHeader?, rules: BypassRules) {
    guard let bypass = configuration.bypass else { return (nil, BypassRules()) }
    let lists = lists[.bypass]
    var header: BypassHeader?
    var entries = AddressTableEntries()
    if let name = bypass.header, let value = bypass.value {
      header = BypassHeader(
        name: name.value, value: Array(value.value.utf8),
        rule: add(.bypass, name.text, name.range),
        sources: table(of: bypass.addresses, lists, "ip"),
        countsFromEveryone: configuration.takesBypassHeaderFromEveryone)
    } else {
      add(bypass.addresses, lists, .bypass, to: &entries)
    }
    let compiled = compileRules(bypass.patterns, .bypass)
    let patterns = PatternSet(compiled.compactMap(\.self))
    check([patterns], of: bypass.patterns)
    for (source, rule) in zip(bypass.patterns, compiled) {
      guard let rule, matchesAll(rule.pattern) else { continue }
      warning(
        .bypassEverything,
        "regex: matches every URL, so every request passes before the rules; match only the paths to exempt",
        at: source.range)
    }
    return (header, BypassRules(addresses: AddressTable(entries), patterns: patterns))
  }

  /// The rules that select the client's address; nil: none.
  mutating func client() -> ClientRules? {
    guard let client = configuration.client else { return nil }
    return ClientRules(client, trusted: table(of: client.trusted, lists[.trusted], "trusted"))
  }

  /// The table of addresses that are no rules.
  mutating func table(
    of addresses: [Located<AddressRange>], _ lists: [LoadedList], _ name: String
  ) -> AddressTable {
    warnOfCoveredRanges(addresses, name)
    var entries = AddressTableEntries()
    for address in addresses { entries.append(address.value, value: 0) }
    for (_, list) in lists { entries.append(list.ranges, firstValue: 0) }
    return AddressTable(entries)
  }
}
