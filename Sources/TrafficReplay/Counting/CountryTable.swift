import Addresses
import GeoDatabase
import MaxMindACL

/// The countries of some databases as small numbers, for counting. A country has the same number in all databases.
///
/// Takes two bytes for each record of a database. A replay makes it once, and its threads share it.
struct CountryTable: Sendable {
  /// The texts of the countries. 0: clients without a country.
  let names: [String]
  /// The numbers of the countries, by policy and record leaf. Leaf 0: unknown addresses. Policies with one database
  /// share the array.
  private let numbers: [[UInt16]]
  private let databases: [GeoDatabase]

  init(of policies: [Policy]) {
    databases = policies.map(\.database)
    var names = ["-"]
    var known: [CountryCode: UInt16] = [:]
    var made: [ObjectIdentifier: [UInt16]] = [:]
    numbers = databases.map { database in
      if let numbers = made[ObjectIdentifier(database)] { return numbers }
      let numbers: [UInt16] =
        [0]
        + database.records.map { record in
          guard case .code(let code) = record.country else { return 0 }
          if let number = known[code] { return number }
          let number = UInt16(truncatingIfNeeded: names.count)
          guard Int(number) == names.count else { return 0 }
          names.append(code.description)
          known[code] = number
          return number
        }
      made[ObjectIdentifier(database)] = numbers
      return numbers
    }
    self.names = names
  }

  /// The number of a client's country by the database of a policy.
  @inline(__always)
  func number(of client: Address?, policy: Int) -> Int {
    guard let client, policy < databases.count else { return 0 }
    let leaf = Int(databases[policy].recordLeaf(for: client))
    return leaf < numbers[policy].count ? Int(numbers[policy][leaf]) : 0
  }
}
