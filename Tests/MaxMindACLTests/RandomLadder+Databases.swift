import SeededRandom
import TestDatabases

/// Databases and requests.
extension RandomLadder {
  /// Random databases that can serve the rules.
  mutating func makeDatabases() {
    let needs = oracle.isReadingRecords
    let count = pick(needs ? [1, 1, 1, 2, 2, 3, 4] : [0, 1])
    oracle.databases = (0..<count).map { _ in database() }
    for field in LadderOracle.Field.ofRules where oracle.read(field) {
      let sources = field == .country ? oracle.countryFrom : [field]
      if !sources.contains(where: { oracle.isServed($0) }) { addSample(of: pick(sources)) }
    }
    for name in oracle.readFlags where !oracle.isServed(flag: name) {
      addSample(.boolean(true), at: oracle.flagPaths[name] ?? flagPath(name))
    }
    let named = oracle.countriesInRules
    if named.contains("CLOUDFLARE"), !oracle.hasCountry("CLOUDFLARE") {
      addSample(.text("CLOUDFLARE"), at: oracle.fieldPaths[.country] ?? ["country_code"])
    }
    oracle.readDatabases()
  }

  /// A database with every field, for an address that no request has.
  var farDatabase: LadderOracle.Database {
    var record = DatabaseValue.map([:])
    for (field, path, value) in [
      (LadderOracle.Field.asn, ["asn"], "AS64496"), (.country, ["country_code"], "US"),
      (.subdivision, ["region_code"], "US-CA"), (.continent, ["continent_code"], "NA"),
      (.registeredCountry, ["registered_country", "iso_code"], "US"),
    ] {
      record.set(.text(value), at: oracle.fieldPaths[field] ?? path)
    }
    for name in oracle.readFlags {
      record.set(.boolean(true), at: oracle.flagPaths[name] ?? flagPath(name))
    }
    return .init([(DatabaseNetwork(first: 0xc633_6401, length: 32, isIPv4: true), record)])
  }

  private func flagPath(_ name: String) -> [String] {
    LadderOracle.flagFields[name]?.prefix(1).map(\.self) ?? []
  }

  private mutating func database() -> LadderOracle.Database {
    let fields = LadderOracle.Field.allCases.filter { _ in !once(in: 3) }
    let styles = fields.map { ($0, path(of: $0)) }
    let flags = Self.flags.filter { _ in once(in: 3) }.map { name in
      (name, oracle.flagPaths[name] ?? [pick(LadderOracle.flagFields[name] ?? [])])
    }
    let records = (0..<Int.random(in: 2...6, using: &random)).map { _ in
      once(in: 10) ? .text("no map") : record(styles, flags)
    }
    var database = LadderOracle.Database([])
    for network in networks where !once(in: 3) {
      database.networks.append((network, pick(records)))
    }
    return database
  }

  /// A path of a field, as vendors have it.
  private mutating func path(of field: LadderOracle.Field) -> [String] {
    if let path = oracle.fieldPaths[field], !once(in: 4) { return path }
    return switch field {
    case .asn:
      pick([
        ["autonomous_system_number"], ["traits", "autonomous_system_number"], ["asn"],
      ])
    case .country: pick([["country", "iso_code"], ["country_code"], ["country"]])
    case .continent: pick([["continent", "code"], ["continent_code"], ["continent"]])
    case .registeredCountry: ["registered_country", "iso_code"]
    case .subdivision: pick([["subdivisions"], ["subdivisions"], ["region_code"]])
    }
  }

  private mutating func record(
    _ styles: [(LadderOracle.Field, [String])], _ flags: [(String, [String])]
  ) -> DatabaseValue {
    var record = DatabaseValue.map([:])
    for (field, path) in styles where !once(in: 5) { record.set(value(field, path), at: path) }
    for (_, path) in flags where once(in: 2) {
      let values: [DatabaseValue] = [
        .boolean(true), .boolean(true), .boolean(false), .text("true"), .text("False"), .text(""),
        .number(1), .text("yes"),
      ]
      record.set(pick(values), at: path)
    }
    if let path = oracle.flagPaths["shady"], once(in: 3) {
      record.set(pick([.boolean(true), .boolean(false), .number(0)]), at: path)
    }
    if once(in: 10) { record.set(.text("2026-01-01"), at: ["network_last_seen"]) }
    return record
  }

  /// A value of a field, often readable.
  private mutating func value(_ field: LadderOracle.Field, _ path: [String]) -> DatabaseValue {
    if once(in: 8) { return pick([.text(""), .text("-"), .text("Germany")]) }
    if once(in: 6) {
      return pick([.boolean(true), .number(7), .list([]), .map(["x": .number(1)])])
    }
    switch field {
    case .asn:
      let number = Int.random(in: 64_495...64_501, using: &random)
      return pick([
        .number(UInt64(number)), .number(UInt64(number)), .text("AS\(number)"), .text("\(number)"),
        .number(0), .text("AS0"), .number(1 << 33),
      ])
    case .country, .registeredCountry: return .text(pick(Self.countries + ["us", "de"]))
    case .continent: return .text(pick(["EU", "NA", "AS", "eu"]))
    case .subdivision:
      let parts = [
        "CA", "NY", "BY", "ENG", "sct", "75", "US-CA", "US-CA", "US-NY", "DE-BY", "gb-eng",
        "GB-SCT", "FR-75", "CALIFORNIA", "",
      ]
      guard path == ["subdivisions"] else { return .text(pick(parts)) }
      return .list(
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
          let code = once(in: 12) ? DatabaseValue.number(6) : .text(pick(parts))
          return once(in: 12) ? .text("CA") : .map(once(in: 8) ? [:] : ["iso_code": code])
        })
    }
  }

  /// Networks. Smaller ones never cover a larger one completely.
  private var networks: [DatabaseNetwork] {
    (0...9).flatMap { second in
      [
        DatabaseNetwork(first: 0x7f00_0000 | second << 16, length: 16, isIPv4: true),
        DatabaseNetwork(first: 0x7f00_c800 | second << 16, length: 24, isIPv4: true),
      ]
    }
      + [1, 2, 4, 7].map {
        DatabaseNetwork(first: 0x2001_0db8 << 96 | $0 << 80, length: 48, isIPv4: false)
      }
  }

  private mutating func addSample(of field: LadderOracle.Field) {
    let values: [LadderOracle.Field: DatabaseValue] = [
      .asn: .number(64_497), .country: .text("DE"), .registeredCountry: .text("DE"),
      .subdivision: .text("US-CA"), .continent: .text("EU"),
    ]
    let paths: [LadderOracle.Field: [String]] = [
      .asn: ["asn"], .country: ["country_code"], .continent: ["continent_code"],
      .registeredCountry: ["registered_country", "iso_code"], .subdivision: ["region_code"],
    ]
    guard let value = values[field], let path = paths[field] else { return }
    addSample(value, at: oracle.fieldPaths[field] ?? path)
  }

  /// Adds an address whose record has one value.
  private mutating func addSample(_ value: DatabaseValue, at path: [String]) {
    let index = Int.random(in: oracle.databases.indices, using: &random)
    var record = DatabaseValue.map([:])
    record.set(value, at: path)
    let number = UInt128(oracle.databases[index].networks.count)
    let network = DatabaseNetwork(first: 0x7f0a_0000 | number, length: 32, isIPv4: true)
    oracle.databases[index].networks.append((network, record))
  }

  mutating func request(using random: inout SeededGenerator) -> LadderOracle.Request {
    self.random = random
    defer { random = self.random }
    let segments = [
      "a", "a", "b", "b", "%61", "%2e", "%2E%2e", "..", ".", "", "a;x", "%2Fa", "a%20b", "%3D",
      "%zz", "%C3%A9", "A", "%41", "..;x", "..%2f", "a\\b", "..%5C", "b%3Bx", ";x%2fb",
    ]
    let path = (0..<Int.random(in: 0...4, using: &random)).map { _ in "/" + pick(segments) }
    let hosts = ["a.example", "A.Example", "a.example.", "b.example", "www.a.example"]
    let january = Int64(1_767_225_600)
    return LadderOracle.Request(
      client: once(in: 20) ? nil : client(), host: pick(hosts),
      path: path.isEmpty ? "/" : path.joined(),
      bypassValues: once(in: 3) ? [pick(["open", "Open", "shut"]), "open"] : [],
      method: pick(["GET", "POST", "get", String(repeating: "X", count: 30), nil]),
      time: january + Int64.random(in: 86_400...2_000_000, using: &random), hasURL: !once(in: 12))
  }

  mutating func client() -> LadderOracle.Client {
    let last = UInt128.random(in: 0...2, using: &random)
    if once(in: 4) {
      let number = UInt128(0x2001_0db8) << 96 | pick([1, 2, 4, 7, 9]) << 80 | last
      return .init(isIPv4: false, number: number, text: Self.text(number, isIPv4: false))
    }
    let number =
      0x7f00_0000 | UInt128.random(in: 0...9, using: &random) << 16 | pick([0, 200]) << 8 | last
    return .init(isIPv4: true, number: number, text: Self.text(number, isIPv4: true))
  }

  static func text(_ number: UInt128, isIPv4: Bool) -> String {
    if isIPv4 {
      return [24, 16, 8, 0].map { "\(number >> $0 & 0xff)" }.joined(separator: ".")
    }
    return stride(from: 112, through: 0, by: -16)
      .map { String(number >> UInt128($0) & 0xffff, radix: 16) }.joined(separator: ":")
  }
}

extension DatabaseValue {
  /// Sets the value at the end of a path. Does nothing if a value that is no map is in the way.
  fileprivate mutating func set(_ value: DatabaseValue, at path: some Collection<String>) {
    guard let name = path.first else {
      self = value
      return
    }
    guard case .map(var fields) = self else { return }
    var inner = fields[name] ?? .map([:])
    if path.count == 1 { inner = value } else { inner.set(value, at: path.dropFirst()) }
    fields[name] = inner
    self = .map(fields)
  }
}

extension LadderOracle {
  private var allConditions: [Conditions] { deny.allConditions + allow.allConditions }

  /// Whether a rule reads a field.
  func read(_ field: Field) -> Bool {
    deny.reads(field) || allow.reads(field) || allConditions.contains { $0.values[field] != nil }
  }

  /// The flags that rules read.
  var readFlags: [String] {
    Set(flags.filter(\.blocked).map(\.name) + allConditions.flatMap(\.flags)).sorted()
  }

  var isReadingRecords: Bool { Field.ofRules.contains(where: read) || !readFlags.isEmpty }

  var countriesInRules: [String] {
    let rules =
      [deny, allow].flatMap { $0.values[.country]?.map(\.rule) ?? [] }
      + allConditions.flatMap { $0.values[.country] ?? [] }
    let scopes = [deny, allow].flatMap { $0.regexes.flatMap(\.rule.scopes) }
    return scopes
      + rules.compactMap { if case .text(let code) = $0 { code } else { nil } }
  }

  private var records: [DatabaseValue] {
    databases.flatMap { $0.networks.map(\.record) }.filter {
      if case .map = $0 { true } else { false }
    }
  }

  /// Whether a record has a readable value of a field.
  func isServed(_ field: Field) -> Bool {
    records.contains { if case .values = read($0)[field] { true } else { false } }
  }

  /// Whether a record has a flag as true or false.
  func isServed(flag name: String) -> Bool {
    records.contains { if case .values = flag(name, in: $0) { true } else { false } }
  }

  func hasCountry(_ code: String) -> Bool {
    records.contains { read($0)[.country] == .values([code]) }
  }
}
