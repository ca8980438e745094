import Addresses

// The client's address, and the bypass.
extension ConfigurationReader {
  mutating func readClient(_ entry: Entry) {
    let known = ["trusted", "trusted_file", "header", "verified"]
    guard let keys = keys(of: entry.value, in: "client", known: known) else { return }
    var client = Configuration.Client()
    if let entry = keys["verified"] { client.readsVerified = boolean(entry, "verified") ?? false }
    if client.readsVerified, !proxy.hasVerifiedAddresses, let entry = keys["verified"] {
      error(
        .verifiedUnavailable,
        "verified: this \(proxy.name) has no verified addresses"
          + (proxy.verifyingVersions.map { "; \($0)" } ?? ""),
        at: entry.value)
    }
    let trusted = keys["trusted"] ?? keys["trusted_file"]
    if keys["verified"] == nil || keys["header"] != nil || trusted != nil {
      requirePair(
        "client", ("header", keys["header"]), ("trusted", trusted), orElse: " or trusted_file:",
        at: entry.key)
    }
    if let entry = keys["header"] { client.header = headerName(entry) }
    if let entry = keys["trusted"] {
      client.trusted = addressRanges(list(entry, "client.trusted", "trusted"), "trusted")
    }
    if let entry = keys["trusted_file"],
      let items = list(entry, "client.trusted_file", "trusted_file")
    {
      client.trustedFiles = listFiles(items, "trusted_file")
    }
    for range in client.trusted where range.value.isWholeFamily {
      warning(
        .trustedEveryone,
        "trusted: \(range.text)\(range.origin) covers every address, so any client can claim another address",
        at: range.range)
    }
    configuration.client = client
  }

  mutating func readBypass(_ entry: Entry) {
    let known = ["header", "value", "ip", "ip_file", "regex"]
    let errorsBefore = found.errorCount
    guard let keys = keys(of: entry.value, in: "bypass", known: known) else { return }
    // Report a missing key only if no unknown key may stand for it.
    if found.errorCount == errorsBefore { requireRules(ofBypass: keys, at: entry.key) }
    let name = keys["header"].flatMap { text($0.value, "header", "the name of a header field") }
    var bypass = Configuration.Bypass()
    bypass.value = keys["value"].flatMap { text($0.value, "value", "the value of that field") }
    if let entry = keys["ip"] {
      bypass.addresses = addressRanges(list(entry, "bypass.ip", "ip"), "ip")
    }
    if let entry = keys["ip_file"], let items = list(entry, "bypass.ip_file", "ip_file") {
      bypass.listFiles = listFiles(items, "ip_file")
    }
    if let entry = keys["regex"] {
      bypass.patterns = (list(entry, "bypass.regex", "regex") ?? [])
        .compactMap { pattern($0, of: "bypass") }
    }
    bypass.header = name.flatMap { checked($0) }
    guard (bypass.header == nil) == (bypass.value == nil) else { return }
    configuration.bypass = bypass
  }

  private mutating func requireRules(ofBypass keys: Keys, at key: NodeID) {
    if keys.order.isEmpty {
      error(
        .missingKey,
        "bypass has nothing under it; it needs header: and value:, or ip:, ip_file: or regex:",
        at: key)
    } else if keys["header"] != nil || keys["value"] != nil {
      requirePair(
        "bypass", ("header", keys["header"]), ("value", keys["value"]),
        orElse: ", or only ip:, ip_file: or regex:", at: key)
    }
  }

  /// A pattern without countries, unlike in `deny` and `allow`.
  ///
  /// - Parameter owner: The owner of the pattern, for messages.
  mutating func pattern(_ item: NodeID, of owner: String) -> Located<String>? {
    let alone = "a pattern of \(owner) is alone, for clients of all countries: [\"pattern\"]"
    if case .sequence = document[item].content {
      error(.badRegexRule, "regex: \(alone)", at: item)
      return nil
    }
    guard let text = text(item, "regex", "a pattern") else { return nil }
    // A country of a pair would be a pattern that matches many URLs.
    let isCountry =
      text.value == "*" || Group.isReference(text.value)
      || text.value.utf8.count == 2 && text.value.utf8.allSatisfy { (65...90).contains($0) }
    if isCountry {
      error(
        .badRegexRule, "regex: \(text.quoted) is a country, not a pattern; \(alone)",
        at: text.range)
      return nil
    }
    return text
  }

  /// Clients can send any header field unless a proxy in front removes it, so the value is the only protection.
  mutating func warnOfForgeableBypass() {
    guard let header = configuration.bypass?.header, configuration.takesBypassHeaderFromEveryone
    else { return }
    let advice = configuration.stock == nil ? "; list the clients that may send it under ip:" : ""
    warning(
      .bypassForgeable,
      "bypass: any client that knows the value can send \(header.value)\(advice)",
      at: header.range)
  }

  /// Reports each missing key of a pair.
  ///
  /// - Parameter orElse: The alternative to the pair.
  private mutating func requirePair(
    _ section: String, _ first: (name: String, entry: Entry?),
    _ second: (name: String, entry: Entry?),
    orElse: String, at key: NodeID
  ) {
    for pair in [first, second] where pair.entry == nil {
      error(
        .missingKey,
        "\(section) has no \(pair.name):; it needs \(first.name): and \(second.name):\(orElse)",
        at: key)
    }
  }

  private mutating func headerName(_ entry: Entry) -> Located<String>? {
    text(entry.value, "header", "the name of a header field").flatMap { checked($0) }
  }

  private mutating func checked(_ header: Located<String>) -> Located<String>? {
    namesHeaderField(header.value, in: "header", at: header.range) ? header : nil
  }
}

extension AddressRange {
  /// Whether the range covers its whole address family.
  var isWholeFamily: Bool {
    isIPv4
      ? first == Address(ipv4: 0) && last == Address(ipv4: .max)
      : first == Address(ipv6: 0) && last == Address(ipv6: .max)
  }
}
