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
  /// Whether any record has a country, readable or not. Records that cannot be decoded at all don't count.
  public let hasCountries: Bool
  /// The flags that any record has, set or not. Records that cannot be decoded at all don't count.
  public let anonymityFields: AnonymityFlags
  /// The countries of all records.
  public let countries: Set<CountryCode>
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
    hasCountries = records.hasCountries
    anonymityFields = records.anonymityFields
    countries = Set(
      records.records.compactMap { record in
        if case .code(let code) = record.country { code } else { nil }
      })
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
