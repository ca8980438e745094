import Files
import Foundation

enum MetricsFileError: Error {
  case unwritable(SystemFailure)
  /// The existing file cannot be read.
  case unreadable(FileError)
  /// It is not a metrics file of a list.
  case other
  /// It belongs to another list.
  case otherList(String)

  var message: String {
    switch self {
    case .unwritable(let failure): failure.message
    case .unreadable(let error): "cannot be read: \(error.message)"
    case .other:
      "is not a metrics file of install-list, and stays as it is; name another file, or remove it"
    case .otherList(let list):
      "has the metrics of another list, \(list), and stays as it is; name a file for each list"
    }
  }
}

/// The metrics of a list, as a text file for Prometheus's node exporter.
struct ListMetrics {
  /// The list, as in the label of each metric.
  var list: String
  /// When the list was last installed or found to be installed, in seconds since 1970. 0: never.
  var lastSuccess: Int64 = 0
  /// The entries of the installed list. Nil: unknown, because no run has installed it.
  var entries: Int?
  /// How often it was not installed since the file exists.
  var failures = 0

  private static let descriptions = [
    (
      name: "last_success_timestamp_seconds", type: "gauge",
      help: "When the list was last installed, or found to be installed already."
    ),
    (name: "entries", type: "gauge", help: "Entries of the installed list."),
    (name: "failures_total", type: "counter", help: "Lists that were not installed."),
  ]

  /// Changes the metrics in a file, or creates the file. One run at a time does so.
  static func update(
    _ path: String, list: String, _ change: (inout ListMetrics) -> Void
  ) throws(MetricsFileError) {
    let file = try written { () throws(SystemFailure) in try InstalledFile(path) }
    var metrics = try ListMetrics(list: list, file)
    change(&metrics)
    try written { () throws(SystemFailure) in try file.replace(Array(metrics.text.utf8)) }
  }

  private static func written<Result: ~Copyable>(
    _ body: () throws(SystemFailure) -> Result
  ) throws(MetricsFileError) -> Result {
    do throws(SystemFailure) { return try body() } catch { throw .unwritable(error) }
  }

  private static let prefix = "maxmind_acl_list_"
  /// More than the metrics of a list ever take.
  private static let maximumSize = 1 << 16

  /// Reads the metrics from a file. None if the file is missing or empty.
  ///
  /// Throws if the file has any other content, because it must not be replaced.
  private init(list: String, _ file: borrowing InstalledFile) throws(MetricsFileError) {
    self.list = list
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try file.read(limit: Self.maximumSize)
    } catch {
      if error.kind == .missing { return }
      throw error.kind == .tooLarge ? .other : .unreadable(error)
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      if ["# HELP ", "# TYPE "].contains(where: { line.hasPrefix($0 + Self.prefix) }) { continue }
      try readSample(line)
    }
  }

  /// Reads `maxmind_acl_list_NAME{list="LIST"} VALUE`. Ignores an invalid value.
  private mutating func readSample(_ line: Substring) throws(MetricsFileError) {
    guard line.hasPrefix(Self.prefix), let start = line.range(of: "{list=\""),
      let end = line.range(of: "\"} ", options: .backwards), start.upperBound <= end.lowerBound
    else { throw .other }
    let label = line[start.upperBound..<end.lowerBound]
    guard label == Self.escaped(list) else { throw .otherList(String(label)) }
    guard let value = Int64(line[end.upperBound...]), (0...1 << 48).contains(value) else { return }
    switch line[..<start.lowerBound].dropFirst(Self.prefix.count) {
    case "last_success_timestamp_seconds": lastSuccess = value
    case "entries": entries = Int(clamping: value)
    case "failures_total": failures = Int(clamping: value)
    default: throw .other
    }
  }

  /// The text exposition format, with a final line break.
  var text: String {
    let values: [Int?] = [Int(clamping: lastSuccess), entries, failures]
    var text = ""
    for ((name, type, help), value) in zip(Self.descriptions, values) {
      guard let value else { continue }
      let name = "\(Self.prefix)\(name)"
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      text += "\(name){list=\"\(Self.escaped(list))\"} \(value)\n"
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
