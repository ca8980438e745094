import Addresses
import GeoDatabase
import MaxMindACL

/// The countries of some policies as small numbers, for counting. A country has the same number in all policies.
///
/// A replay makes it once, and its threads share it.
struct CountryTable: Sendable {
  /// The texts of the countries. 0: clients without a country.
  let names: [String]
  /// The numbers of the two-letter codes, by their letters.
  private let pairs: [UInt16]
  /// The numbers of the other countries, by policy and handle.
  private let others: [[UInt64: UInt16]]
  private let policies: [Policy]

  init(of policies: [Policy]) {
    self.policies = policies
    var names = ["-"]
    var known: [PlaceCode: UInt16] = [:]
    var pairs = [UInt16](repeating: 0, count: 1 << 16)
    others = policies.map { policy in
      var numbers: [UInt64: UInt16] = [:]
      for (code, handle) in policy.countries {
        let number = known[code] ?? UInt16(clamping: names.count)
        if known[code] == nil {
          guard Int(number) == names.count else { continue }
          names.append(code.description)
          known[code] = number
        }
        if let pair = Self.pair(handle) { pairs[pair] = number } else { numbers[handle] = number }
      }
      return numbers
    }
    self.pairs = pairs
    self.names = names
  }

  /// The first two bytes of a handle; nil: it has more.
  private static func pair(_ handle: UInt64) -> Int? {
    let bytes = UInt64(littleEndian: handle)
    return bytes < 1 << 16 ? Int(bytes) : nil
  }

  /// The number of a client's country by the databases of a policy.
  @inline(__always)
  func number(of client: Address?, policy: Int) -> Int {
    guard let client, policy < policies.count else { return 0 }
    let handle = policies[policy].countryHandle(of: client)
    if let pair = Self.pair(handle) { return Int(pairs[pair]) }
    return Int(others[policy][handle] ?? 0)
  }
}
