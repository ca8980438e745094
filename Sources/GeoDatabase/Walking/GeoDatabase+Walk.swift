import Addresses

extension GeoDatabase: AddressMap {
  /// The number of the address's record plus one, or 0; see `recordLeaf`. A run in an alias of the IPv4 part, such as
  /// 6to4, ends with the run of the IPv4 address.
  package func run(at address: Address) -> (leaf: UInt32, last: Address) {
    let run = table.run(at: address)
    guard run.leaf > Alias.mark, let alias = Alias(number: run.leaf &- 1) else { return run }
    let ipv4 = table.run(at: alias.address(in: address))
    let prefixLength = UInt128(alias.number &- Alias.mark)
    let last =
      address.bits & ~(UInt128.max &>> prefixLength)
      | UInt128(ipv4.last.low32) << (96 - Int(prefixLength))
      | UInt128.max >> (Int(prefixLength) + 32)
    return (ipv4.leaf, min(Address(ipv6: last), run.last))
  }
}

extension GeoDatabase {
  /// The IPv4 address whose record an IPv6 address has, such as a 6to4 address. Nil: the address is in no alias.
  package func aliased(_ address: Address) -> Address? {
    let leaf = table.run(at: address).leaf
    guard leaf > Alias.mark, let alias = Alias(number: leaf &- 1) else { return nil }
    return alias.address(in: address)
  }

  /// A database for a walk that visits IPv4 records once: an alias of the IPv4 part, such as 6to4, is not followed.
  package struct WithoutAliases: AddressMap {
    /// The leaf of all addresses in an alias.
    package static let aliasLeaf = UInt32.max

    private let database: GeoDatabase

    package init(_ database: GeoDatabase) {
      self.database = database
    }

    package func run(at address: Address) -> (leaf: UInt32, last: Address) {
      let run = database.table.run(at: address)
      return (run.leaf > Alias.mark ? Self.aliasLeaf : run.leaf, run.last)
    }
  }
}
