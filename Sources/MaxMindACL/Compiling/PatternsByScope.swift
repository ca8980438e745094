import GeoDatabase
import URLPattern

/// Sorts the patterns of one side by the clients that they apply to.
///
/// Countries with the same patterns share one set, so the cost depends on the patterns, not on the number of countries.
struct PatternsByScope {
  private var patterns: [(pattern: Pattern, rule: UInt32)] = []
  /// The patterns for anyone, as indices into `patterns`, ascending.
  private var forAnyone: [Int] = []
  /// The patterns for one country only.
  private var byCountry: [CountryCode: [Int]] = [:]

  /// The maximum number of pattern copies that buy sets of one group, which are faster to search.
  private static let maximumRepeated = 1_000

  /// Adds a pattern; rule numbers ascend.
  mutating func add(_ pattern: Pattern, rule: UInt32, for scopes: [Configuration.Scope]) {
    let index = patterns.count
    patterns.append((pattern: pattern, rule: rule))
    let isForAnyone = scopes.contains(.anyone)
    if isForAnyone { forAnyone.append(index) }
    for case .country(let code) in Set(scopes) {
      byCountry[code, default: []] += isForAnyone ? [] : [index]
    }
  }

  /// The sets for the named countries, each with the patterns for anyone, and the set for all other clients.
  func makeSets() -> (byCountry: [CountryCode: PatternSet], forAnyone: PatternSet) {
    let anyone = group(forAnyone)
    let lists = Set(byCountry.values)
    let isRepeated = lists.count * forAnyone.count <= Self.maximumRepeated
    var sets: [[Int]: PatternSet] = [:]
    for list in lists {
      sets[list] =
        isRepeated
        ? PatternSet(group((list + forAnyone).sorted())) : PatternSet(group(list), anyone)
    }
    let forAnyone = PatternSet(anyone)
    return (byCountry: byCountry.mapValues { sets[$0] ?? forAnyone }, forAnyone: forAnyone)
  }

  private func group(_ indices: [Int]) -> PatternGroup {
    PatternGroup(indices.map { patterns[$0] })
  }
}
