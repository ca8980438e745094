import Testing
import Text

@testable import TrafficReplay

struct FigureTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"),
    (.max, "9,223,372,036,854,775,807"), (.min, "-9,223,372,036,854,775,808"),
  ])
  func `a count has its thousands separated`(count: Int, text: String) {
    #expect(grouped(count) == text)
  }

  @Test(arguments: [
    (0, 100, 2, "0.00 %"), (1, 3, 2, "33.33 %"), (1234, 5_000_000, 3, "0.025 %"),
    (1, 1_000_000, 2, "< 0.01 %"), (1, 1_000_000_000, 3, "< 0.001 %"), (3, 3, 2, "100 %"),
    (999_999, 1_000_000, 2, "> 99.99 %"), (4, 3, 2, "> 100 %"), (1, 0, 2, "0.00 %"),
    (-1, 3, 2, "0.00 %"), (1, .max, 2, "< 0.01 %"), (14291, 20_000, 2, "71.46 %"),
    (5709, 20_000, 2, "28.54 %"),
    (14293, 20_000, 2, "71.46 %"), (5707, 20_000, 2, "28.54 %"), (1, 6, 1, "16.7 %"),
    (9_999, 10_000, 2, "99.99 %"), (.max - 1, .max, 2, "> 99.99 %"), (.max, .max, 2, "100 %"),
  ])
  func `a share is never rounded to 0 or 100 %`(
    part: Int, whole: Int, decimals: Int, text: String
  ) {
    #expect(percentage(part, of: whole, decimals: decimals) == text)
  }

  @Test(arguments: [
    (0, "0"), (950, "950"), (1000, "1k"), (1500, "1.5k"), (20_000, "20k"), (1_500_000, "1.5M"),
    (2_000_000_000, "2G"),
  ])
  func `an axis has short numbers`(count: Int, text: String) {
    #expect(abbreviated(count) == text)
  }

  @Test(arguments: [
    ([1, 2], 3), ([.max, 1], .max), ([.min, -1], .min), ([], 0),
  ])
  func `a sum stops at the largest number`(numbers: [Int], sum: Int) {
    #expect(saturatingSum(numbers) == sum)
  }

  @Test(arguments: [
    (0, "1970-01-01 00:00"), (1_788_271_530, "2026-09-01 14:05:30"), (-1, "1970-01-01 00:00"),
    (951_782_400, "2000-02-29 00:00"), (.max, "9999-12-31 23:59:59"),
  ])
  func `a time is shown in UTC`(epoch: Int, text: String) {
    #expect(utcTime(epoch) == text)
  }

  @Test(arguments: [
    (1, "second"), (15, "15 seconds"), (60, "minute"), (600, "10 minutes"), (3600, "hour"),
    (7200, "2 hours"), (86_400, "day"), (90, "90 seconds"), (604_800, "7 days"),
  ])
  func `a length of time is shown in its largest unit`(seconds: Int, text: String) {
    #expect(spell(seconds: seconds) == text)
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abcd", 1, "…"), ("abcd", 0, ""),
    ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("e\u{301}a", 2, "e\u{301}a"),
  ])
  func `a text is cut to columns`(text: String, width: Int, result: String) {
    #expect(cut(text, to: width) == result)
  }

  @Test func `the name of a file loses its beginning`() {
    #expect(cut("/etc/trafficserver/maxmind.yaml:7", to: 16, at: .beginning) == "…/maxmind.yaml:7")
  }

  @Test(arguments: [
    (0, ""), (1, "▏"), (50, "████████"), (53, "████████▌"), (100, "████████████████"),
  ])
  func `a bar is drawn in eighths of a column`(count: Int, bar: String) {
    #expect(blockBar(count, of: 100) == bar)
  }

  @Test func `the rest of a ranking holds hidden keys and keys that were not kept`() {
    let keys = FrequentKeys(counts: ["a": 5, "b": 7, "c": 5, "d": 1], others: 10)
    let ranking = Ranking(keys, limit: 2)
    #expect(ranking.top.map(\.key) == ["b", "a"])
    #expect(ranking.rest == 16)
    #expect(ranking.restLabel == "all others")
    #expect(Ranking(keys.counts, limit: 2).restLabel == "2 others")
    #expect(Ranking(keys.counts, limit: 4).rest == nil)
  }
}
