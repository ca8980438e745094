import Text

/// A drawing of the allowed and denied requests over time: bars of both, and below them the denied share.
struct TimelineChart {
  /// The page width that a chart is drawn for. The text of a scaled-down drawing is unreadable.
  enum Size: String {
    case wide
    case narrow
  }

  private let size: Size
  private let timeline: TimelineBars
  private let largest: Int
  private let largestShare: Double

  private var width: Double { size == .wide ? 960 : 336 }
  private let left = 46.0
  private var right: Double { width - 38 }
  private let top = 12.0
  private var bottom: Double { size == .wide ? 232 : 172 }
  private var shareTop: Double { bottom + 30 }
  private var shareBottom: Double { shareTop + 56 }
  private var height: Double { shareBottom + 42 }

  /// Nil: no request has a time.
  init?(_ timeline: Timeline, size: Size) {
    guard let bars = TimelineBars(timeline, atMost: size == .wide ? 150 : 50) else { return nil }
    self.size = size
    self.timeline = bars
    largest = max(1, bars.bars.map(\.count.total).max() ?? 1)
    largestShare = bars.bars.map { Self.deniedShare($0.count) }.max() ?? 0
  }

  /// The length of time of a bar: `10 minutes`.
  var span: String { spell(seconds: timeline.width) }

  var html: HTML {
    let id = "timeline-\(size.rawValue)"
    return HTML(
      "svg", .class("chart \(size.rawValue)"), .init("viewBox", "0 0 \(Int(width)) \(Int(height))"),
      .init("role", "img"), .init("aria-labelledby", "\(id)-title \(id)-description")
    ) {
      HTML("title", .id("\(id)-title")) { "Allowed and denied requests over time" }
      HTML("desc", .id("\(id)-description")) { description }
      countAxis
      shareAxis
      for bar in timeline.bars { draw(bar) }
      timeAxis
    }
  }

  private var description: String {
    let busiest = timeline.bars.max { $0.count.total < $1.count.total }
    let peak = busiest.map {
      " The busiest began at \(utcTime($0.start)) UTC with \(counted($0.count.total, "request"))."
    }
    return "Requests per \(span) from \(utcTime(timeline.start)) to \(utcTime(timeline.end)) UTC, "
      + "denied ones below allowed ones; under them the share that was denied." + (peak ?? "")
  }

  private static func deniedShare(_ count: VerdictCounts) -> Double {
    count.total > 0 ? Double(count.deny) / Double(count.total) : 0
  }

  private func x(_ time: Int) -> Double {
    left + (right - left) * Double(time - timeline.start)
      / Double(max(1, timeline.end - timeline.start))
  }

  // MARK: Bars

  private func draw(_ bar: TimelineBars.Bar) -> HTML {
    let from = x(bar.start)
    let room = x(bar.start + timeline.width) - from
    // A bar that fills the drawing looks like a surface.
    let thickness = min(room - min(1, room / 5), 40)
    let unit = (bottom - top) / countTop
    let denied = Double(bar.count.deny) * unit
    let allowed = Double(bar.count.allow) * unit
    let share = Self.deniedShare(bar.count)
    let shareHeight = share / shareLimit * (shareBottom - shareTop)
    func rectangle(_ name: String, _ y: Double, _ height: Double) -> HTML {
      HTML(
        "rect", .class(name), .init("x", from + (room - thickness) / 2), .init("y", y),
        .init("width", thickness), .init("height", height))
    }
    return HTML("g", .class("bar")) {
      HTML("title") {
        "\(utcTime(bar.start)) UTC: \(grouped(bar.count.allow)) allowed, "
          + "\(grouped(bar.count.deny)) denied (\(percentage(bar.count.deny, of: bar.count.total)))"
      }
      if bar.count.allow > 0 { rectangle("allowed", bottom - denied - allowed, allowed) }
      if bar.count.deny > 0 {
        rectangle("denied", bottom - denied, denied)
        rectangle("denied share", shareBottom - shareHeight, shareHeight)
      }
    }
  }

  // MARK: Axes

  /// The step between the marks of an axis up to `largest` in at most five steps: 1, 2 or 5 times a power of ten.
  private static func step(to largest: Double, smallest: Double) -> Double {
    var step = smallest
    while step * 5 < largest {
      if step * 10 >= largest { return step * 2 }
      if step * 25 >= largest { return step * 5 }
      step *= 10
    }
    return step
  }

  private var countStep: Double { Self.step(to: Double(largest), smallest: 1) }
  /// The end of the axis of counts.
  private var countTop: Double { (Double(largest) / countStep).rounded(.up) * countStep }
  /// The end of the axis of shares.
  private var shareLimit: Double {
    let step = Self.step(to: max(largestShare, 0.0001), smallest: 0.0001)
    return min(1, (max(largestShare, step) / step).rounded(.up) * step)
  }

  private func mark(_ y: Double, _ label: String) -> HTML {
    HTML(
      "line", .class("grid"), .init("x1", left), .init("x2", right), .init("y1", y), .init("y2", y))
      + HTML("text", .class("label end"), .init("x", left - 6), .init("y", y + 4)) { label }
  }

  private var countAxis: HTML {
    let marks = Array(stride(from: 0.0, through: countTop + countStep / 2, by: countStep).prefix(7))
    return HTML("g") {
      for value in marks {
        mark(bottom - value / countTop * (bottom - top), abbreviated(Int(exactly: value) ?? .max))
      }
    }
  }

  private var shareAxis: HTML {
    HTML("g") {
      HTML("text", .class("label"), .init("x", left), .init("y", shareTop - 9)) { "share denied" }
      mark(shareBottom, "0 %")
      mark(shareTop, shareLabel)
    }
  }

  private var shareLabel: String { "\(shortDecimal(shareLimit * 100, 2)) %" }

  /// The marks of time, in UTC: the time of day, and the date when it changes.
  private var timeAxis: HTML {
    let ticks = timeline.ticks(atMost: size == .wide ? 9 : 4)
    let onlyDates = ticks.allSatisfy { $0.isMultiple(of: 86_400) }
    var date = ""
    return HTML("g") {
      for tick in ticks {
        let isDateNeeded = date != utcDate(tick)
        let label = onlyDates ? utcDate(tick) : utcTimeOfDay(tick)
        let _ = date = utcDate(tick)
        HTML(
          "line", .class("tick"), .init("x1", x(tick)), .init("x2", x(tick)),
          .init("y1", shareBottom), .init("y2", shareBottom + 5))
        HTML("text", .class("label middle"), .init("x", x(tick)), .init("y", shareBottom + 19)) {
          label
        }
        if isDateNeeded, !onlyDates {
          HTML("text", .class("label middle"), .init("x", x(tick)), .init("y", shareBottom + 35)) {
            utcDate(tick)
          }
        }
      }
    }
  }
}
