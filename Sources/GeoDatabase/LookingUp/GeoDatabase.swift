import Addresses

/// A database in memory: maps addresses to records.
///
/// Immutable; any number of threads may look up at once. A look-up takes no lock, allocates nothing and cannot trap.
/// After loading, the file may be rewritten, renamed or removed.
@usableFromInline package final class GeoDatabase: Sendable {
  /// The path of the first load. Other paths may lead to the same file.
  package let path: String
  /// The type in the metadata, such as `GeoLite2-Country`, without control characters.
  package let type: String
  /// The time of the build, in seconds since 1970-01-01 UTC.
  package let buildEpoch: UInt64
  /// 4: the database has IPv4 addresses only. Else 6.
  package let ipVersion: Int
  /// How many records the file has.
  package let recordCount: Int
  /// How many of them cannot be decoded. Each is `Record.unreadable`.
  package let unreadableRecords: Int
  /// The fields that the load read.
  package let selection: FieldSelection
  /// The selected fields that at least one record has with a readable value.
  package let readable: Set<RecordField>
  /// The selected fields that at least one record has with a wrong type. Records that cannot be decoded do not count.
  package let unreadable: Set<RecordField>
  /// The flags that at least one record has as true or false.
  package let anonymityFields: AnonymityFlags
  /// The flags that at least one record has, readable or not. Records that cannot be decoded do not count.
  package let servedFlags: AnonymityFlags
  /// Names of fields at the root of records, for messages: sorted, without control characters, at most 32.
  package let rootFields: [String]
  /// The readable countries of all records.
  package let countries: Set<PlaceCode>
  /// The countries and other places that are not short codes, by number.
  package let countryTexts: [PlaceCode]
  /// The distinct records, by number.
  package let records: [Record]

  @usableFromInline let table: AddressTable

  init(path: String, metadata: Metadata, records: RecordReader, table: AddressTable) {
    self.path = path
    self.table = table
    self.records = records.records
    type = metadata.type
    buildEpoch = metadata.buildEpoch
    ipVersion = metadata.ipVersion
    recordCount = records.count
    unreadableRecords = records.unreadableCount
    selection = records.selection
    countryTexts = records.placeTexts
    anonymityFields = records.anonymityFields
    rootFields = records.rootFields
    let distinct = records.records
    servedFlags = distinct.reduce(into: records.anonymityFields) { flags, record in
      if record != .unreadable { flags.formUnion(record.unreadableFlags) }
    }
    countries = Set(distinct.lazy.compactMap(\.country.readable))
    func fields(in state: Record.FieldState) -> Set<RecordField> {
      records.selection.fields.filter { field in
        distinct.contains { $0.state(of: field) == state && $0 != .unreadable }
      }
    }
    readable = fields(in: .readable)
    unreadable = fields(in: .unreadable)
  }

  /// A database without addresses.
  private init() {
    path = ""
    type = ""
    buildEpoch = 0
    ipVersion = 6
    recordCount = 0
    unreadableRecords = 0
    selection = FieldSelection(fields: [])
    readable = []
    unreadable = []
    anonymityFields = []
    servedFlags = []
    rootFields = []
    countries = []
    countryTexts = []
    records = []
    table = AddressTable([])
  }

  /// A database without addresses.
  package static let empty = GeoDatabase()

  /// Whether at least one record has a field. Records that cannot be decoded do not count.
  package func serves(_ field: RecordField) -> Bool {
    readable.contains(field) || unreadable.contains(field)
  }

  /// The readable continents of all records. Visits each distinct record, as `subdivisions` and `asns` do.
  package var continents: Set<PlaceCode> { Set(records.lazy.compactMap(\.continent.readable)) }

  /// The readable subdivisions of all records.
  package var subdivisions: Set<PlaceCode> {
    Set(records.lazy.compactMap(\.subdivisions.readable).joined())
  }

  /// The readable numbers of autonomous systems of all records.
  package var asns: Set<UInt32> { Set(records.lazy.compactMap(\.asn.readable)) }

  /// Whether any record has a readable country.
  package var hasCountries: Bool { !countries.isEmpty }

  /// How many IPv4 addresses are in the database, and in each of the wanted countries.
  ///
  /// Walks over all IPv4 addresses: tens of milliseconds for a large database.
  package func ipv4Counts(
    of wanted: Set<PlaceCode>
  ) -> (known: UInt64, byCountry: [PlaceCode: UInt64]) {
    // One entry per record. 0: the address is not in the database. n: record n − 1.
    var counts = [UInt64](repeating: 0, count: records.count + 1)
    var walk = AddressSpaceWalk([table])
    while let range = walk.next(), range.isIPv4 {
      let leaf = Int(walk.leaves[0])
      if leaf < counts.count { counts[leaf] += UInt64(truncatingIfNeeded: range.addressCount) }
    }
    var byCountry: [PlaceCode: UInt64] = [:]
    for (record, count) in zip(records, counts.dropFirst()) {
      if case .value(let code) = record.country, wanted.contains(code) {
        byCountry[code, default: 0] += count
      }
    }
    return (counts.dropFirst().reduce(0, +), byCountry)
  }

  /// The number of the address's record plus one. 0: the address is not in the database.
  @inlinable @inline(__always)
  package func recordLeaf(for address: Address) -> UInt32 {
    let leaf = table.leaf(for: address)
    return leaf > Alias.mark ? self.leaf(ofAlias: leaf &- 1, for: address) : leaf
  }

  @inline(never)
  @usableFromInline
  func leaf(ofAlias number: UInt32, for address: Address) -> UInt32 {
    guard let alias = Alias(number: number) else { return 0 }
    return table.leaf(for: alias.address(in: address))
  }

  /// The same for an IPv4 address. Only the IPv6 tree has aliases.
  @inlinable @inline(__always)
  package func recordLeaf(ipv4 address: UInt32) -> UInt32 {
    table.leaf(ipv4: address)
  }

  /// The address's record. Nil: the address is not in the database.
  package func record(for address: Address) -> Record? {
    let leaf = Int(recordLeaf(for: address))
    return leaf == 0 || leaf > records.count ? nil : records[leaf &- 1]
  }
}

extension GeoDatabase {
  /// One IPv4 address for each pair of country and flags, and one that is not in the database. Tries the first
  /// address of each block of 4,096.
  ///
  /// For warnings that try all kinds of clients. A million look-ups, some milliseconds.
  package func sampleAddresses() -> [Address] {
    var kinds = Set(records.map(Kind.init))
    var isUnknownWanted = true
    var samples: [Address] = []
    // Most countries begin a large block.
    for bits in [16, 20] as [UInt32] {
      for block in 0..<(1 << bits) as Range<UInt32> where isUnknownWanted || !kinds.isEmpty {
        let address = block << (32 - bits)
        let leaf = recordLeaf(ipv4: address)
        if leaf == 0 ? isUnknownWanted : kinds.remove(Kind(records[Int(leaf) - 1])) != nil {
          samples.append(Address(ipv4: address))
          if leaf == 0 { isUnknownWanted = false }
        }
      }
    }
    return samples
  }

  /// The fields of a record by which rules distinguish clients.
  private struct Kind: Hashable {
    var country: FieldValue<PlaceCode>
    var flags: AnonymityFlags

    init(_ record: Record) {
      country = record.country
      flags = record.flags
    }
  }
}
