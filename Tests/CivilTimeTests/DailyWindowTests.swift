import SeededRandom
import Testing

@testable import CivilTime

@Suite struct DailyWindowTests {
  /// The definition: a window of some day of the set begins before the moment, by the clock of the zone, and ends after.
  private func oracle(_ window: DailyWindow, local: Int64) -> Bool {
    let length = (Int64(window.hours.end) - Int64(window.hours.start) + 1440) % 1440
    let minutes = length == 0 ? 1440 : length
    // 2001-01-01 was a Monday.
    let monday: Int64 = 978_307_200
    let days = (local - monday) / 86_400
    return (days - 2...days + 1).contains { day in
      let weekday = Int((day % 7 + 7) % 7)
      let start = monday + day * 86_400 + Int64(window.hours.start) * 60
      return window.weekdays.contains(Weekdays(rawValue: 1 << weekday))
        && (start..<start + minutes * 60).contains(local)
    }
  }

  @Test func `a window contains the moments of the definition`() throws {
    var wrong: [String] = []
    let times = Array(stride(from: 0, through: 1440, by: 180)) + [1, 719, 1439]
    for start in times where start < 1440 {
      for end in times where end != start {
        for days: UInt8 in [0, 1, 0b100_0000, 0b101_0101, 0x7F] {
          let text = [start, end].map { minute in
            let (hour, rest) = (minute / 60, minute % 60)
            return "\(hour < 10 ? "0" : "")\(hour):\(rest < 10 ? "0" : "")\(rest)"
          }.joined(separator: "-")
          let window = DailyWindow(hours: try DailyHours(text), weekdays: Weekdays(rawValue: days))
          // Each edge of ten days around 1970-01-01.
          for day in -5...5 as ClosedRange<Int64> {
            for edge in times {
              for second in -1...1 as ClosedRange<Int64> {
                let epoch = day * 86_400 + Int64(edge) * 60 + second
                if window.contains(epoch) != oracle(window, local: epoch) {
                  wrong.append("\(text) \(days) \(epoch)")
                }
              }
            }
          }
        }
      }
    }
    #expect(wrong.isEmpty)
  }

  @Test(arguments: zoneNames)
  func `a window follows the clock of its zone`(name: String) throws {
    let zone = try ZoneRules(name: name, directory: zones("slim"))
    let history = try OffsetHistory(name)
    var random = SeededGenerator(seed: 7)
    var wrong: [Int64] = []
    for _ in 0..<4_000 {
      let texts = ["22:00-06:00", "00:00-24:00", "02:00-03:00", "01:30-02:30", "23:59-00:00"]
      let window = DailyWindow(
        hours: try DailyHours(texts.randomElement(using: &random) ?? ""),
        weekdays: Weekdays(rawValue: .random(in: 0...127, using: &random)), zone: zone)
      // Half of the moments are within two days of a change.
      let change = history.changes.randomElement(using: &random)?.epoch ?? 0
      let epoch =
        random.once(in: 2)
        ? Int64.random(in: OffsetHistory.start..<OffsetHistory.end, using: &random)
        : max(OffsetHistory.start, change + .random(in: -172_800...172_800, using: &random))
      let offset = Int64(try #require(history.offset(at: epoch)))
      if window.contains(epoch) != oracle(window, local: epoch + offset) { wrong.append(epoch) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func `an hour that the clock skips is in no window, and one that it repeats counts twice`()
    throws
  {
    let zone = try ZoneRules(name: "Europe/Berlin", directory: zones("slim"))
    let window = DailyWindow(hours: try DailyHours("02:00-03:00"), zone: zone)
    func minutes(_ start: Int64) -> Int {
      (0..<1440).count { window.contains(start + $0 * 60) }
    }
    // From noon to noon: 2026-03-28, 2026-10-24 and a usual day.
    #expect([1_774_695_600, 1_792_836_000, 1_788_256_800].map(minutes) == [0, 120, 60])
  }

  @Test func `a window over midnight belongs to the weekday on which it begins`() throws {
    let window = DailyWindow(
      hours: try DailyHours("22:00-06:00"), weekdays: try Weekdays("fri"), zone: .utc)
    // 2026-09-04 is a Friday.
    let friday: Int64 = 1_788_480_000
    let hours: [Int64] = [0, 5, 21, 22, 23, 24, 29, 30, 46]
    #expect(
      hours.map { window.contains(friday + $0 * 3600) }
        == [false, false, false, true, true, true, true, false, false])
  }

  @Test func `the farthest moments are no overflow`() throws {
    let zone = try ZoneRules(name: "Europe/Berlin", directory: zones("slim"))
    for zone in [zone, .utc, try ZoneRules(name: "+23:59"), try ZoneRules(name: "-23:59")] {
      let window = DailyWindow(hours: try DailyHours("22:00-06:00"), zone: zone)
      for epoch: Int64 in [.min, .min + 1, .max - 1, .max] { _ = window.contains(epoch) }
    }
  }

  @Test(
    arguments: [
      ("22:00-06:00", 1320, 360), ("00:00-24:00", 0, 1440), ("09:30-17:05", 570, 1025),
      ("22:00-00:00", 1320, 0), ("23:59-24:00", 1439, 1440), ("08:00 - 18:00", 480, 1080),
      (" 08:00\t-18:00 ", 480, 1080),
    ] as [(String, UInt16, UInt16)])
  func `hours are read`(text: String, start: UInt16, end: UInt16) throws {
    let hours = try DailyHours(text)
    #expect((hours.start, hours.end) == (start, end))
  }

  @Test(arguments: [
    ("", DailyWindowError.notHours), ("22:00", .notHours), ("22-06", .notHours),
    ("22:00-06:00-07:00", .notHours), ("24:00-06:00", .notHours), ("22:00-24:01", .notHours),
    ("22:60-23:00", .notHours), ("2:00-3:00", .notHours), ("22:00:00-23:00:00", .notHours),
    ("22:00–06:00", .notHours), ("22 :00-06:00", .notHours), ("-22:00-06:00", .notHours),
    ("22:00-", .notHours), ("２２:00-06:00", .notHours), ("10pm-6am", .notHours),
    ("08:00-08:00", .noHours), ("00:00-00:00", .noHours),
  ])
  func `other hours are an error`(text: String, error: DailyWindowError) {
    #expect(throws: error) { try DailyHours(text) }
  }

  @Test(
    arguments: [
      ("mon", 0b000_0001), ("sun", 0b100_0000), ("mon-fri", 0b001_1111), ("sat-mon", 0b110_0001),
      ("sun-sat", 0x7F), ("wed-wed", 0b000_0100), ("Mon-FRI", 0b001_1111), ("tue-mon", 0x7F),
    ] as [(String, UInt8)])
  func `weekdays are read`(text: String, days: UInt8) throws {
    #expect(try Weekdays(text).rawValue == days)
  }

  @Test(arguments: [
    "", "-", "mo", "monday", "mon-", "-fri", "mon-fri-sun", "mon - fri", "1-5", "*",
  ])
  func `other weekdays are an error`(text: String) {
    #expect(throws: DailyWindowError.notWeekdays) { try Weekdays(text) }
  }

  @Test func `messages name the correction`() {
    #expect(
      [DailyWindowError.notHours, .noHours, .notWeekdays].map(\.message) == [
        "not a daily window, write two times from 00:00 to 24:00, such as 22:00-06:00",
        "the window ends when it begins, write 00:00-24:00 for the whole day",
        "not a weekday, write mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri",
      ])
  }
}
