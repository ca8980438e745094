import GeoDatabase
import Testing

@testable import MaxMindACL
@testable import URLPattern

/// The patterns for each client, and their sharing.
@Suite struct PatternsByScopeTests {
  private func sets(
    _ rules: [([String], String)]
  ) throws -> (byCountry: [PlaceCode: PatternSet], forAnyone: PatternSet) {
    var patterns = PatternsByScope()
    for (index, (scopes, source)) in rules.enumerated() {
      patterns.add(
        try Pattern(source), rule: UInt32(index),
        for: try scopes.map { $0 == "*" ? .anyone : .country(try #require(PlaceCode($0))) })
    }
    return patterns.makeSets()
  }

  /// The rule that a set reports for a path; nil: none.
  private func rule(_ set: PatternSet?, _ path: String) throws -> UInt32? {
    let subject = try #require(URLSubject.withThisThread { $0 })
    let (host, path, params) = (Array("h".utf8), Array(path.utf8), [UInt8]())
    let isAssigned = subject.assign(host: host.span, path: path.span, params: params.span)
    #expect(isAssigned)
    guard case .matched(let rule)? = set?.firstMatch(denying: subject) else { return nil }
    return rule
  }

  @Test("countries with the same patterns share one group")
  func shared() throws {
    let codes = ["US", "DE", "FR"]
    let sets = try sets([
      (codes, "a"), (["GB"], "b"), (codes, "c"), (["*"], "d"), (["DE", "*"], "e"),
    ])
    let byCountry = sets.byCountry
    func group(_ code: String) -> PatternGroup? {
      PlaceCode(code).flatMap { byCountry[$0] }?.group
    }
    #expect(group("US") != nil)
    #expect(group("US") === group("DE"))
    #expect(group("US") === group("FR"))
    #expect(group("US") !== group("GB"))
    #expect(sets.byCountry.count == 4)
  }

  @Test("many patterns for anyone are one group, next to a group for each country")
  func anyone() throws {
    let codes = ["US", "DE", "FR", "GB", "NO", "SE"]
    let sets = try sets(
      (0..<400).map { (["*"], "/\($0)/") } + codes.map { ([$0], "/\($0)/") } + [
        (["IT", "*"], "/IT/")
      ])
    for code in codes {
      let set = try #require(PlaceCode(code).flatMap { sets.byCountry[$0] })
      #expect(set.other === sets.forAnyone.group)
      #expect(try rule(set, "x/\(code)/") != nil)
      #expect(try rule(set, "x/399/") == 399)
    }
    let italian = try #require(PlaceCode("IT").flatMap { sets.byCountry[$0] })
    #expect(italian.group === sets.forAnyone.group)
    #expect(italian.other == nil)
  }

  @Test("the first match in the file is reported, for any scope", arguments: [0, 1_001])
  func order(others: Int) throws {
    let rules = [
      (["US"], "/a"), (["*"], "/b"), (["US", "DE"], "/ab"), (["*", "US"], "/c"), (["DE"], "/b/"),
    ]
    let sets = try sets(rules + (0..<others).map { (["*"], "/other\($0)") })
    let american = PlaceCode("US").flatMap { sets.byCountry[$0] }
    let german = PlaceCode("DE").flatMap { sets.byCountry[$0] }
    for (path, us, de, anyone) in [
      ("x/ab", 0, 2, nil), ("x/b/", 1, 1, 1), ("x/c", 3, 3, 3), ("x/b/x/ab", 0, 1, 1),
      ("x/d", nil, nil, nil),
    ] as [(String, UInt32?, UInt32?, UInt32?)] {
      #expect(try rule(american, path) == us)
      #expect(try rule(german, path) == de)
      #expect(try rule(sets.forAnyone, path) == anyone)
    }
  }

  @Test("without patterns there is no match")
  func empty() throws {
    let sets = try sets([])
    #expect(sets.byCountry.isEmpty)
    #expect(sets.forAnyone.isEmpty)
  }
}
