import Testing

@testable import TrafficReplay

@Suite("Conditions")
struct ConditionTests {
  static func summary() -> DifferenceSummary {
    var summary = DifferenceSummary(
      coverage: Coverage(files: [], lines: 1250, requests: 1000),
      old: .init(file: "old.yaml", databases: []), new: .init(file: "new.yaml", databases: []))
    summary.newlyDenied.requests = 5
    summary.newlyAllowed.requests = 2
    return summary
  }

  static let cases: [(String, Bool, String)] = [
    ("newly-denied > 0.1%", true, "5 of 1000 requests (0.500 %)"),
    ("newly-denied > 0.5%", false, "5 of 1000 requests (0.500 %)"),
    ("newly-denied>=0.5 %", true, "5 of 1000 requests (0.500 %)"),
    ("newly-denied > 4", true, "5 of 1000 requests (0.500 %)"),
    ("newly-denied > 5", false, "5 of 1000 requests (0.500 %)"),
    ("newly-denied >= 5", true, "5 of 1000 requests (0.500 %)"),
    ("newly-denied >= 6", false, "5 of 1000 requests (0.500 %)"),
    ("newly-denied <= 5", true, "5 of 1000 requests (0.500 %)"),
    ("newly-denied <= 0.5%", true, "5 of 1000 requests (0.500 %)"),
    ("newly-denied < 5", false, "5 of 1000 requests (0.500 %)"),
    ("newly-allowed > 0", true, "2 of 1000 requests (0.200 %)"),
    ("newly-allowed<=1", false, "2 of 1000 requests (0.200 %)"),
    (" changed >= 7 ", true, "7 of 1000 requests (0.700 %)"),
    ("changed > 0.7%", false, "7 of 1000 requests (0.700 %)"),
    ("requests < 1001", true, "1000 requests"),
    ("requests < 1000", false, "1000 requests"),
    ("coverage < 99%", true, "1000 of 1250 lines (80.000 %)"),
    ("coverage < 80%", false, "1000 of 1250 lines (80.000 %)"),
  ]

  @Test(arguments: cases) func `a condition compares counts`(
    _ text: String, _ holds: Bool, _ finding: String
  ) throws {
    let condition = try Condition(text)
    #expect(condition.holds(for: Self.summary()) == holds)
    #expect(condition.finding(in: Self.summary()) == finding)
  }

  @Test(arguments: [
    "", ">", "newly-denied", "newly-denied >", "newly-denied > x", "newly-denied > -1",
    "newly-denied > 1e3", "newly-denied = 1", "denied > 1", "newly-denied > 1%%", "coverage < 99",
    "requests < 5%", "newly-denied > 1 > 2", "newly-denied > .", "newly-denied > ١",
    "newly-denied > 200%", "newly-denied > 100%", "changed < 0", "coverage < 0%",
    "newly-allowed >= 100.1%",
  ]) func `an invalid condition and one that never holds are refused`(_ text: String) {
    #expect(throws: ConditionError.self) { try Condition(text) }
  }

  static let mistakes: [(String, String)] = [
    (
      "newly_denied > 1%",
      "'newly_denied' cannot be compared; expected one of newly-denied, newly-allowed, "
        + "newly-unmapped, newly-mapped, changed, requests, coverage"
    ),
    (
      "newly-denied = 1",
      "expected a comparison by >, >=, < or <=, such as newly-denied > 0.1%"
    ),
    (
      "changed > some",
      "'some' is not an amount; expected a number or a percentage, such as 250 or 0.1%"
    ),
    ("coverage < 99", "coverage is a share; expected a percentage such as 95%"),
    ("requests < 5%", "requests is a number; expected one without %"),
    ("changed < 0", "never holds: no count is below 0 and no share is above 100%"),
  ]

  @Test(arguments: mistakes) func `a mistake names the fix`(
    _ text: String, _ message: String
  ) {
    #expect(throws: ConditionError(message: message)) { try Condition(text) }
  }

  @Test func `requests that lose or get a remap line count as changed`() throws {
    var summary = Self.summary()
    summary.newlyUnmapped.requests = 30
    summary.newlyMapped.requests = 4
    for text in ["newly-unmapped > 29", "newly-unmapped >= 3%", "newly-mapped > 3", "changed > 40"]
    {
      #expect(try Condition(text).holds(for: summary), "\(text)")
    }
    #expect(try !Condition("changed > 41").holds(for: summary))
  }

  @Test func `no requests have no share`() throws {
    let empty = DifferenceSummary(
      coverage: Coverage(files: []), old: .init(file: "a", databases: []),
      new: .init(file: "b", databases: []))
    #expect(try !Condition("newly-denied > 0%").holds(for: empty))
    #expect(try Condition("newly-denied >= 0%").holds(for: empty))
  }
}
