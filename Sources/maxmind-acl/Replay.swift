import ArgumentParser
import Foundation
import GeoDatabase
import MaxMindACL

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decides on many requests.",
    discussion: """
      Reads lines of CLIENT URL and prints client, URL, decision, reason and rule a line, separated \
      by tabs; then, to standard error, how many requests had which decision, reason and country. \
      Empty lines and lines that begin with # are skipped. A malformed line is reported with its \
      number and counted; the rest goes on.

      EXIT STATUS
        0  all lines were decided
        1  something cannot be loaded, read or written
        2  some lines were malformed
        64 the command line is wrong
      """)

  @OptionGroup var options: RequestOptions

  @Argument(help: "A file of lines of CLIENT URL; standard input if it is left out or -.")
  var requests: String = "-"

  func run() throws {
    let headers = try options.headers()
    let policy = try options.policy()
    guard let lines = LineReader(path: requests) else {
      throw unreadable(errno)
    }
    var output = BufferedOutput()
    var totals = ReplayTotals()
    while let line = lines.next() {
      let request: Request
      let fields: [Substring]
      do throws(MalformedLine) {
        fields = try Self.fields(of: line.text)
        if fields.isEmpty { continue }
        request = try Self.request(fields, headers)
      } catch {
        totals.malformed += 1
        standardError.write("\(requests):\(line.number): \(error.message)\n")
        continue
      }
      let decision = policy.decide(request)
      let rule = policy.rule(of: decision).map { printable($0.text) } ?? "-"
      try output.write(
        [
          String(fields[0]), String(fields[1]), decision.verdict.rawValue,
          decision.reason.description, rule,
        ])
      totals.add(decision, country: policy.country(of: request.client))
    }
    try output.flush()
    standardError.write(totals.description)
    if let failure = lines.failure { throw unreadable(failure) }
    if totals.malformed > 0 { throw ExitCode(2) }
  }

  private func unreadable(_ code: CInt) -> ExitCode {
    let reason = unsafe String(cString: strerror(code))
    standardError.write("\(requests): cannot be read: \(reason)\n")
    return ExitCode(1)
  }

  private struct MalformedLine: Error {
    var message: String
  }

  /// The words of a line; none if it is empty or a comment.
  private static func fields(of line: String?) throws(MalformedLine) -> [Substring] {
    guard let line else { throw MalformedLine(message: "the line is not UTF-8") }
    let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    return fields.first?.hasPrefix("#") == true ? [] : fields
  }

  /// A field as a message shows it: its beginning, without control characters.
  private static func quoted(_ field: Substring) -> String {
    let start = String(field.unicodeScalars.prefix(80))
    return "'\(printable(start))\(start.utf8.count < field.utf8.count ? "…" : "")'"
  }

  private static func request(
    _ fields: [Substring], _ headers: [(name: String, value: String)]
  ) throws(MalformedLine) -> Request {
    guard fields.count == 2 else {
      let count = fields.count == 1 ? "is 1 field" : "are \(fields.count) fields"
      throw MalformedLine(message: "expected CLIENT URL, but there \(count)")
    }
    guard let address = client(fields[0]) else {
      throw MalformedLine(message: "\(quoted(fields[0])) is not an IPv4 or IPv6 address")
    }
    guard let request = Request(client: address, url: String(fields[1]), headers: headers) else {
      throw MalformedLine(message: "\(quoted(fields[1])) is not an absolute URL")
    }
    return request
  }
}

/// What a replay counted.
private struct ReplayTotals: CustomStringConvertible {
  var malformed = 0
  private var decisions: [String: Int] = [:]
  private var reasons: [String: Int] = [:]
  private var countries: [String: Int] = [:]

  mutating func add(_ decision: Decision, country: CountryCode?) {
    decisions[decision.verdict.rawValue, default: 0] += 1
    reasons[decision.reason.description, default: 0] += 1
    countries[country?.description ?? "-", default: 0] += 1
  }

  var description: String {
    var text = "requests\t\(decisions.values.reduce(0, +))\nmalformed\t\(malformed)\n"
    for (name, counts) in [("decision", decisions), ("reason", reasons), ("country", countries)] {
      for (value, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
        text += "\(name)\t\(value)\t\(count)\n"
      }
    }
    return text
  }
}
