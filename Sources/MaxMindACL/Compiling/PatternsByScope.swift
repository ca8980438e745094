import GeoDatabase
import URLPattern

/// Sorts the patterns of one side by the clients that they count for.
///
/// Countries for which the same patterns are written share one set, so that making the sets takes about as
/// long as making the patterns, and not as many times that as there are countries.
struct PatternsByScope {
  private var patterns: [(pattern: Pattern, rule: UInt32)] = []
  /// Those for anyone, as indices into `patterns`, ascending.
  private var forAnyone: [Int] = []
  /// Those for a country alone, of every country that any pattern names.
  private var byCountry: [CountryCode: [Int]] = [:]

  /// How many patterns may be added to sets beside their own, for a set of one group is searched faster.
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

  /// The sets for clients of the named countries, those for anyone among them, and for all other clients.
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
