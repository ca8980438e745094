import TestDatabases

/// Records: the fields of one database, and of all together.
extension LadderOracle {
  enum Field: String, CaseIterable {
    case asn, country, subdivision, continent
    case registeredCountry = "registered_country"

    /// The fields that rules name, in the order of the ladder.
    static let ofRules: [Field] = [.asn, .country, .subdivision, .continent]

    var failure: String {
      switch self {
      case .asn: "unreadableASN"
      case .country, .registeredCountry: "unreadableCountry"
      case .subdivision: "unreadableSubdivision"
      case .continent: "unreadableContinent"
      }
    }
  }

  enum FieldState: Equatable {
    case absent, unreadable
    case values([String])
  }

  struct Record {
    var fields: [Field: FieldState] = [:]
    var flags: Set<String> = []
    var unreadableFlags: Set<String> = []

    subscript(field: Field) -> FieldState { fields[field] ?? .absent }
  }

  struct Database {
    var networks: [(network: DatabaseNetwork, record: DatabaseValue)]
    /// The fields of the records, by the index of the network.
    fileprivate var records: [Record] = []

    init(_ networks: [(network: DatabaseNetwork, record: DatabaseValue)]) {
      self.networks = networks
    }

    /// The fields of the smallest network with the client.
    fileprivate func record(for client: Client) -> Record? {
      networks.indices.filter {
        let network = networks[$0].network
        return network.isIPv4 == client.isIPv4 && network.contains(client.number)
      }.max { networks[$0].network.length < networks[$1].network.length }.map { records[$0] }
    }
  }

  /// Reads all records, because a request reads each of them again and again.
  mutating func readDatabases() {
    for index in databases.indices {
      let database = databases[index]
      databases[index].records = database.networks.map { read($0.record, in: database) }
    }
  }

  /// The fields at the root of a record that mean a flag.
  static let flagFields = [
    "ip": ["is_anonymous"],
    "vpn": ["is_anonymous_vpn", "is_vpn", "vpn"],
    "hosting": ["is_hosting_provider", "is_hosting", "hosting"],
    "public": ["is_public_proxy"],
    "tor": ["is_tor_exit_node", "is_tor", "tor"],
    "residential": ["is_residential_proxy"],
    "vpn_datacenter": ["is_vpn_datacenter"],
    "relay_proxy": ["is_relay_proxy"],
    "proxy_over_vpn": ["is_proxy_over_vpn"],
    "smart_dns_proxy": ["is_smart_dns_proxy"],
    "proxy": ["is_proxy", "proxy"],
    "relay": ["is_relay", "relay"],
  ]

  /// A field comes from the first database that has it. Flags come from all databases.
  func record(of client: Client) -> Record {
    var merged = Record()
    for database in databases {
      guard let record = database.record(for: client) else { continue }
      for field in Field.allCases where merged[field] == .absent {
        merged.fields[field] = record[field]
      }
      merged.flags.formUnion(record.flags)
      merged.unreadableFlags.formUnion(record.unreadableFlags)
    }
    merged.fields[.country] = countryFrom.map { merged[$0] }.first { $0 != .absent } ?? .absent
    return merged
  }

  /// Reads a record. In one that is no map, the fields and flags are unreadable that other records of the database have.
  private func read(_ value: DatabaseValue, in database: Database) -> Record {
    if case .map = value { return read(value) }
    var record = Record()
    for case (_, .map(let fields)) in database.networks {
      let other = read(.map(fields))
      for field in Field.allCases where other[field] != .absent {
        record.fields[field] = .unreadable
      }
      for name in flagNames where flag(name, in: .map(fields)) != .absent {
        record.unreadableFlags.insert(name)
      }
    }
    return record
  }

  func read(_ record: DatabaseValue) -> Record {
    var fields = Record()
    fields.fields[.asn] = asn(in: record)
    fields.fields[.country] = place(.country, in: record)
    fields.fields[.registeredCountry] = place(.registeredCountry, in: record)
    fields.fields[.continent] = place(.continent, in: record)
    fields.fields[.subdivision] = subdivision(in: record)
    for name in flagNames {
      switch flag(name, in: record) {
      case .values(["true"]): fields.flags.insert(name)
      case .unreadable: fields.unreadableFlags.insert(name)
      case .absent, .values: break
      }
    }
    return fields
  }

  // MARK: - Fields

  /// The known paths of a field. A text that is no code counts as a name at the paths of `orName`.
  private func paths(_ field: Field) -> [(path: [String], orName: Bool)] {
    if let path = fieldPaths[field] { return [(path, false)] }
    return switch field {
    case .asn:
      [
        (["autonomous_system_number"], false), (["traits", "autonomous_system_number"], false),
        (["asn"], false),
      ]
    case .country:
      [(["country", "iso_code"], false), (["country_code"], false), (["country"], true)]
    case .continent:
      [(["continent", "code"], false), (["continent_code"], false), (["continent"], true)]
    case .registeredCountry: [(["registered_country", "iso_code"], false)]
    case .subdivision: [(["region_code"], false)]
    }
  }

  private func asn(in record: DatabaseValue) -> FieldState {
    for (path, _) in paths(.asn) {
      switch record.value(at: path) {
      case nil, .text(""), .text("-"), .number(0): continue
      case .number(let number): return number > UInt32.max ? .unreadable : .values(["\(number)"])
      case .text(let text):
        let digits = text.uppercased().hasPrefix("AS") ? text.dropFirst(2) : text[...]
        guard let number = UInt32(digits) else { return .unreadable }
        if number == 0 { continue }
        return .values(["\(number)"])
      case .boolean, .list, .map: return .unreadable
      }
    }
    return .absent
  }

  private func place(_ field: Field, in record: DatabaseValue) -> FieldState {
    for (path, orName) in paths(field) {
      let state = place(record.value(at: path), orName: orName)
      if state != .absent { return state }
    }
    return .absent
  }

  private func place(_ value: DatabaseValue?, orName: Bool = false) -> FieldState {
    switch value {
    case nil, .text(""), .text("-"): .absent
    case .text(let text) where isCode(text): .values([text.uppercased()])
    case .text(let text): orName ? .absent : .values([text])
    case .map where orName: .absent
    case .map, .number, .boolean, .list: .unreadable
    }
  }

  private func isCode(_ text: String) -> Bool { text.count == 2 && text.allSatisfy(\.isLetter) }

  /// The parts of the country, each with the country's code.
  private func subdivision(in record: DatabaseValue) -> FieldState {
    var parts: FieldState = .absent
    if fieldPaths[.subdivision] == nil, let list = record.value(at: ["subdivisions"]) {
      parts = codes(in: list)
    }
    if parts == .absent { parts = place(.subdivision, in: record) }
    guard case .values(let parts) = parts else { return parts }
    var whole: [String] = []
    for part in parts {
      let halves = part.split(separator: "-", omittingEmptySubsequences: false)
      if halves.count == 2, isCode("\(halves[0])"), (1...3).contains(halves[1].count) {
        whole.append(part.uppercased())
        continue
      }
      switch place(.country, in: record) {
      case .unreadable: return .unreadable
      case .values(let codes) where isCode(codes[0]):
        whole.append("\(codes[0])-\(part.count > 3 ? part : part.uppercased())")
      case .absent, .values: break
      }
    }
    return whole.isEmpty ? .absent : .values(whole)
  }

  private func codes(in list: DatabaseValue) -> FieldState {
    guard case .list(let items) = list else { return .unreadable }
    var codes: [String] = []
    for item in items {
      guard case .map(let fields) = item else { return .unreadable }
      switch place(fields["iso_code"]) {
      case .absent: break
      case .unreadable: return .unreadable
      case .values(let code): codes += code
      }
    }
    return codes.isEmpty ? .absent : .values(codes)
  }

  // MARK: - Flags

  var flagNames: [String] {
    Self.flagFields.keys + flagPaths.keys.filter { Self.flagFields[$0] == nil }
  }

  private func paths(ofFlag name: String) -> [[String]] {
    flagPaths[name].map { [$0] } ?? Self.flagFields[name]?.map { [$0] } ?? []
  }

  /// Whether a flag is set: `true` or `false`.
  func flag(_ name: String, in record: DatabaseValue) -> FieldState {
    let states = paths(ofFlag: name).map { path -> FieldState in
      switch record.value(at: path) {
      case nil, .text(""), .text("-"): .absent
      case .boolean(let isSet): .values(["\(isSet)"])
      case .text(let text) where ["true", "false"].contains(text.lowercased()):
        .values([text.lowercased()])
      case .text, .number, .list, .map: .unreadable
      }
    }
    if let state = [.values(["true"]), .unreadable, .values(["false"])].first(
      where: states.contains)
    {
      return state
    }
    return name == "residential" && flagPaths[name] == nil && isListed(record)
      ? .values(["true"]) : .absent
  }

  /// Whether a record has no field of any flag and is listed because it is a residential proxy.
  private func isListed(_ record: DatabaseValue) -> Bool {
    let roots = flagNames.flatMap { paths(ofFlag: $0) }.map { $0.prefix(1) }
    return !roots.contains { record.value(at: $0) != nil }
      && ["network_last_seen", "percent_days_seen"].contains { record.value(at: [$0]) != nil }
  }
}
