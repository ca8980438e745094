import Foundation

/// What a text file of Prometheus's node exporter tells of a list.
struct ListMetrics {
  /// The list, as the label of each metric has it.
  var list: String
  /// When it was last installed or found to be installed, in seconds since 1970; 0: never.
  var lastSuccess: Int64 = 0
  /// How many entries the installed list has; nil: not known, since no run has installed it.
  var entries: Int?
  /// How often it was not installed, ever since the file exists.
  var failures = 0

  private static let descriptions = [
    (
      name: "last_success_timestamp_seconds", type: "gauge",
      help: "When the list was last installed, or found to be installed already."
    ),
    (name: "entries", type: "gauge", help: "Entries of the installed list."),
    (name: "failures_total", type: "counter", help: "Lists that were not installed."),
  ]

  /// Whether a file that begins so is one of these.
  static func isOne(_ beginning: String) -> Bool { beginning.hasPrefix("# HELP maxmind_acl_list_") }

  /// Of a list of which nothing is told yet.
  init(list: String) {
    self.list = list
  }

  /// What a file tells so far; nothing where there is none.
  init(list: String, path: String) {
    self.init(list: list)
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
    for line in text.split(separator: "\n") {
      let label = "{list=\"\(Self.escaped(list))\"} "
      guard let place = line.range(of: label),
        let value = Int64(line[place.upperBound...]), (0...1 << 48).contains(value)
      else { continue }
      switch line[..<place.lowerBound] {
      case "maxmind_acl_list_last_success_timestamp_seconds": lastSuccess = value
      case "maxmind_acl_list_entries": entries = Int(clamping: value)
      case "maxmind_acl_list_failures_total": failures = Int(clamping: value)
      default: break
      }
    }
  }

  /// The text exposition format, with a final line break.
  var text: String {
    let values: [Int?] = [Int(clamping: lastSuccess), entries, failures]
    var text = ""
    for ((name, type, help), value) in zip(Self.descriptions, values) {
      guard let value else { continue }
      let name = "maxmind_acl_list_\(name)"
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      text += "\(name){list=\"\(Self.escaped(list))\"} \(value)\n"
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
