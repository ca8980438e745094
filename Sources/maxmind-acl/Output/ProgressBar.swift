import Files
import Foundation

/// A line at the bottom of a terminal with the progress of a long task.
final class ProgressBar: Sendable {
  struct State: Sendable {
    var lines: Int
    var bytes: Int
    /// The bytes of all files. Nil: unknown, as for standard input.
    var totalBytes: Int?
    var seconds: Double
  }

  private enum Phase {
    case notShown, shown, done
  }

  private let phase = Locked(Phase.notShown)

  /// Shows the state a few times a second until `end()`, but not in the first half second.
  init(state: @escaping @Sendable () -> (lines: Int, bytes: Int, totalBytes: Int?)) {
    let start = Date()
    Thread.detachNewThread { [weak self] in
      Thread.sleep(forTimeInterval: 0.5)
      while let self {
        let (lines, bytes, totalBytes) = state()
        let text = State(
          lines: lines, bytes: bytes, totalBytes: totalBytes,
          seconds: Date().timeIntervalSince(start)
        ).text
        // Held while it writes, so that nothing is written after `end()`.
        let isOver = phase.withLock { phase in
          if phase == .done { return true }
          standardError.write("\r\u{1b}[K" + text)
          phase = .shown
          return false
        }
        if isOver { return }
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
  }

  /// Stops, and removes the line if it was shown.
  func end() {
    phase.withLock { phase in
      if phase == .shown { standardError.write("\r\u{1b}[K") }
      phase = .done
    }
  }
}

extension ProgressBar.State {
  /// The line, at most 79 characters: `[######--------]  43 %  2.4 M lines/s  0:12 left`.
  var text: String {
    let rate = seconds > 0 ? Double(lines) / seconds : 0
    let speed = "\(Self.short(rate)) lines/s"
    guard let totalBytes, totalBytes > 0 else {
      return "\(Self.short(Double(lines))) lines  \(speed)  \(Self.clock(seconds))"
    }
    let share = min(Double(bytes) / Double(totalBytes), 1)
    let filled = Int(share * 30)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 30 - filled)
    let percent = String(Int(share * 100))
    let padded = String(repeating: " ", count: max(0, 3 - percent.count)) + percent
    let left = share > 0 ? "  \(Self.clock(seconds / share - seconds)) left" : ""
    return "[\(bar)] \(padded) %  \(speed)\(left)"
  }

  /// A number with three digits at most and a unit: `987`, `1.2 k`, `34 M`.
  private static func short(_ number: Double) -> String {
    var value = number
    for unit in ["", " k", " M"] {
      if value < 999.5 {
        return
          (value < 9.95 && !unit.isEmpty
          ? String(format: "%.1f", value) : String(Int(value.rounded()))) + unit
      }
      value /= 1000
    }
    return String(format: value < 9.95 ? "%.1f G" : "%.0f G", value)
  }

  /// Minutes and seconds, with hours if there are any.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 359_999).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
