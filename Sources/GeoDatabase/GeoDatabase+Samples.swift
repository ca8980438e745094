import Addresses

extension GeoDatabase {
  /// An IPv4 address for each country and each set of flags, and one that the database does not know, as far as
  /// the first addresses of blocks of 4,096 show them.
  ///
  /// For a look at what becomes of all kinds of clients. Cost: a million look-ups, some milliseconds.
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

  /// What rules tell clients apart by.
  private struct Kind: Hashable {
    var country: Record.CountryField
    var flags: AnonymityFlags

    init(_ record: Record) {
      country = record.country
      flags = record.flags
    }
  }
}
