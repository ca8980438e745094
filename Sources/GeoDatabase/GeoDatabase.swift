import Addresses

/// A database in memory: from an address to what is said of it.
///
/// Immutable and safe to look up from any number of threads. A look-up takes no lock, allocates nothing
/// and cannot trap. The file is not needed after loading: it may be rewritten, renamed or removed.
public final class GeoDatabase: Sendable {
  /// The path that the database was first loaded by; another path may have led to the same file.
  public let path: String
  /// The type that the metadata names, such as `GeoLite2-Country`, fit for a line of a log.
  public let type: String
  /// When the database was built, in seconds since 1970-01-01 UTC.
  public let buildEpoch: UInt64
  /// 4 where the database knows IPv4 addresses only, else 6.
  public let ipVersion: Int
  /// How many records the file holds.
  public let recordCount: Int
  /// How many of them cannot be decoded at all; each is `Record.unreadable`.
  public let unreadableRecords: Int
  /// The flags that any record has, set or not, where they can be read.
  public let anonymityFields: AnonymityFlags
  /// The countries of all records that can be read.
  public let countries: Set<CountryCode>
  /// Those of the countries whose texts are no short codes; their places are their numbers.
  package let countryTexts: [CountryCode]
  /// The distinct records; their places are their numbers.
  public let records: [Record]

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

  /// Whether any record has a country that can be read.
  public var hasCountries: Bool { !countries.isEmpty }

  /// How many IPv4 addresses the database knows, and how many of them are in each of some countries.
  ///
  /// Walks the whole table: tens of milliseconds for a large database.
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

  /// The number of the address's record in `records` plus one, or 0 where the database does not know the
  /// address.
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

  /// The same for an IPv4 address.
  @inlinable @inline(__always)
  package func recordLeaf(ipv4 address: UInt32) -> UInt32 {
    // Only the IPv6 tree has aliases.
    table.leaf(ipv4: address)
  }

  /// The number of the address's record in `records`, or nil where the database does not know the address.
  public func recordNumber(for address: Address) -> UInt32? {
    let leaf = recordLeaf(for: address)
    return leaf == 0 ? nil : leaf &- 1
  }

  /// What the database says of the address, or nil where it does not know it.
  public func record(for address: Address) -> Record? {
    guard let number = recordNumber(for: address) else { return nil }
    let index = Int(number)
    return index < records.count ? records[index] : nil
  }
}
