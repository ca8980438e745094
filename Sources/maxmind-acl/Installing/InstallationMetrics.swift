import Files
import Foundation

enum MetricsFileError: Error {
  case unwritable(SystemFailure)
  /// The existing file cannot be read.
  case unreadable(FileError)
  /// It is not a metrics file of the command.
  case other(InstallationMetrics.Subject)
  /// It belongs to another installed file.
  case otherFile(InstallationMetrics.Subject, String)

  var message: String {
    switch self {
    case .unwritable(let failure): failure.message
    case .unreadable(let error): "cannot be read: \(error.message)"
    case .other(let subject):
      "is not a metrics file of \(subject.command), and stays as it is; name another file, or remove it"
    case .otherFile(let subject, let file):
      "has the metrics of another \(subject), \(file), and stays as it is; name a file for each \(subject)"
    }
  }
}

/// The metrics of an installed file, as a text file for Prometheus's node exporter.
struct InstallationMetrics {
  /// The kind of file. The raw value is the word in the names of the metrics, and their label.
  enum Subject: String, CustomStringConvertible {
    case list, database

    var description: String { rawValue }

    var command: String { "install-\(rawValue)" }

    fileprivate var prefix: String { "maxmind_acl_\(rawValue)_" }

    /// The name and the help of the measure.
    fileprivate var measure: (name: String, help: String) {
      switch self {
      case .list: ("entries", "Entries of the installed list.")
      case .database: ("build_timestamp_seconds", "When the installed database was built.")
      }
    }

    fileprivate var descriptions: [(name: String, type: String, help: String)] {
      let (name, help) = measure
      return [
        (
          "last_success_timestamp_seconds", "gauge",
          "When the \(self) was last installed, or found to be installed already."
        ),
        (name, "gauge", help),
        (
          "failures_total", "counter",
          "\(self == .list ? "Lists" : "Databases") that were not installed."
        ),
      ]
    }
  }

  let subject: Subject
  /// The installed file, as in the label of each metric.
  var file: String
  /// When the file was last installed or found to be installed, in seconds since 1970. 0: never.
  var lastSuccess: Int64 = 0
  /// The entries of the installed list, or the build time of the database in seconds since 1970. Nil: unknown, because
  /// no run has installed it.
  var measure: Int?
  /// How often it was not installed since the metrics file exists.
  var failures = 0

  /// Changes the metrics in a file, or creates the file. One run at a time does so.
  static func update(
    _ path: String, _ subject: Subject, _ destination: String,
    _ change: (inout InstallationMetrics) -> Void
  ) throws(MetricsFileError) {
    let file = try written { () throws(SystemFailure) in try InstalledFile(path) }
    var metrics = try InstallationMetrics(subject, destination, file)
    change(&metrics)
    try written { () throws(SystemFailure) in try file.replace(Array(metrics.text.utf8)) }
  }

  private static func written<Result: ~Copyable>(
    _ body: () throws(SystemFailure) -> Result
  ) throws(MetricsFileError) -> Result {
    do throws(SystemFailure) { return try body() } catch { throw .unwritable(error) }
  }

  /// More than the metrics of a file ever take.
  private static let maximumSize = 1 << 16

  /// Reads the metrics from a file. None if the file is missing or empty.
  ///
  /// Throws if the file has any other content, because it must not be replaced.
  private init(
    _ subject: Subject, _ destination: String, _ file: borrowing InstalledFile
  ) throws(MetricsFileError) {
    self.subject = subject
    self.file = destination
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try file.read(limit: Self.maximumSize)
    } catch {
      if error.kind == .missing { return }
      throw error.kind == .tooLarge ? .other(subject) : .unreadable(error)
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      if ["# HELP ", "# TYPE "].contains(where: { line.hasPrefix($0 + subject.prefix) }) {
        continue
      }
      try readSample(line)
    }
  }

  /// Reads `maxmind_acl_list_NAME{list="FILE"} VALUE`. Ignores an invalid value.
  private mutating func readSample(_ line: Substring) throws(MetricsFileError) {
    guard line.hasPrefix(subject.prefix), let start = line.range(of: "{\(subject)=\""),
      let end = line.range(of: "\"} ", options: .backwards), start.upperBound <= end.lowerBound
    else { throw .other(subject) }
    let label = line[start.upperBound..<end.lowerBound]
    guard label == Self.escaped(file) else { throw .otherFile(subject, String(label)) }
    guard let value = Int64(line[end.upperBound...]), (0...1 << 48).contains(value) else { return }
    switch line[..<start.lowerBound].dropFirst(subject.prefix.count) {
    case "last_success_timestamp_seconds": lastSuccess = value
    case subject.measure.name: measure = Int(clamping: value)
    case "failures_total": failures = Int(clamping: value)
    default: throw .other(subject)
    }
  }

  /// The text exposition format, with a final line break.
  var text: String {
    let values: [Int?] = [Int(clamping: lastSuccess), measure, failures]
    var text = ""
    for ((name, type, help), value) in zip(subject.descriptions, values) {
      guard let value else { continue }
      let name = "\(subject.prefix)\(name)"
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      text += "\(name){\(subject)=\"\(Self.escaped(file))\"} \(value)\n"
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
