import SeededRandom
import Testing

@testable import TrafficReplay

struct TimelineBarsTests {
  /// Random timelines of all lengths, with gaps.
  private static func timelines() -> [Timeline] {
    var random = SeededGenerator(seed: 4)
    return (0..<200).map { round in
      let width = [1, 60, 300, 7, 3600].randomElement(using: &random) ?? 60
      let length = 1 << (round % 12)
      var timeline = Timeline(width: width)
      for index in 0..<length where index == 0 || Int.random(in: 0..<4, using: &random) > 0 {
        let counts = VerdictCounts(
          allow: .random(in: 0..<100, using: &random), deny: .random(in: 0..<9, using: &random))
        let start = (september / width + index) * width
        timeline.intervals.append(.init(start: start, decisions: counts))
      }
      return timeline
    }
  }

  @Test(arguments: [50, 150])
  func `a timeline of any length fits and keeps its sums`(limit: Int) throws {
    for timeline in Self.timelines() {
      let bars = try #require(TimelineBars(timeline, atMost: limit))
      #expect((bars.end - bars.start) / bars.width <= limit)
      #expect(bars.width.isMultiple(of: timeline.width))
      for bar in bars.bars {
        // Each bar against all intervals that begin within it.
        let inside = timeline.intervals.filter {
          $0.start >= bar.start && $0.start < bar.start + bars.width
        }
        #expect(!inside.isEmpty)
        #expect(bar.count.allow == inside.map(\.decisions.allow).reduce(0, +))
        #expect(bar.count.deny == inside.map(\.decisions.deny).reduce(0, +))
      }
      let total = timeline.intervals.map(\.decisions.total).reduce(0, +)
      #expect(bars.bars.map(\.count.total).reduce(0, +) == total)
    }
  }

  @Test(arguments: [4, 9])
  func `marks of time lie within the axis`(limit: Int) throws {
    for timeline in Self.timelines() {
      let bars = try #require(TimelineBars(timeline, atMost: 150))
      let ticks = bars.ticks(atMost: limit)
      #expect(ticks.count <= limit)
      #expect(ticks.allSatisfy { $0 >= bars.start && $0 <= bars.end })
    }
  }

  @Test func `a day is marked every three hours`() throws {
    let bars = try #require(TimelineBars(seededDay().timeline, atMost: 150))
    #expect(bars.width == 600)
    #expect(bars.ticks(atMost: 9).map(utcTimeOfDay).prefix(3) == ["00:00", "03:00", "06:00"])
  }

  @Test func `hours without a request have no bar`() throws {
    let bars = try #require(TimelineBars(seededDay().timeline, atMost: 150))
    let missing = (september + 300 * 60)..<(september + 420 * 60)
    #expect(bars.bars.count == 132)
    #expect(!bars.bars.contains { missing.contains($0.start) })
  }

  @Test func `no time makes no bars`() {
    #expect(TimelineBars(Timeline(untimed: 7), atMost: 50) == nil)
  }
}
