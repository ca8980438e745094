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
  /// The flags that at least one record has as a boolean, true or false.
  package let anonymityFields: AnonymityFlags
  /// The readable countries of all records.
  package let countries: Set<CountryCode>
  /// The countries that are not short codes, by number.
  package let countryTexts: [CountryCode]
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
    countryTexts = records.countryTexts
    anonymityFields = records.anonymityFields
    countries = Set(
      records.records.compactMap { record in
        if case .code(let code) = record.country { code } else { nil }
      })
  }

  /// Whether any record has a readable country.
  package var hasCountries: Bool { !countries.isEmpty }

  /// How many IPv4 addresses are in the database, and in each of the wanted countries.
  ///
  /// Visits the whole table: tens of milliseconds for a large database.
  package func ipv4Counts(
    of wanted: Set<CountryCode>
  ) -> (known: UInt64, byCountry: [CountryCode: UInt64]) {
    // One entry per record. 0: the address is not in the database. n: record n − 1.
    var quarters = [UInt64](repeating: 0, count: records.count + 1)
    table.forEachIPv4Leaf { leaf, count in
      if Int(leaf) < quarters.count { quarters[Int(leaf)] += count }
    }
    var byCountry: [CountryCode: UInt64] = [:]
    for (record, count) in zip(records, quarters.dropFirst()) {
      if case .code(let code) = record.country, wanted.contains(code) {
        byCountry[code, default: 0] += count / 4
      }
    }
    return (quarters.dropFirst().reduce(0, +) / 4, byCountry)
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
    var country: Record.CountryField
    var flags: AnonymityFlags

    init(_ record: Record) {
      country = record.country
      flags = record.flags
    }
  }
}
