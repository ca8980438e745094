import ArgumentParser
import Foundation
import MaxMindACL
import Text

/// The options of install-list and install-database.
struct InstallationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A configuration or remap.config that has to load with the new file. May be repeated.",
      valueName: "file"), completion: .file())
  var config: [String] = []

  @Option(
    help: ArgumentHelp(
      "The directory for relative names in a configuration: Traffic Server's own.",
      valueName: "directory"), completion: .directory)
  var directory: String?

  @OptionGroup var trafficServer: TrafficServerOption

  @Option(
    help: ArgumentHelp(
      "Write the result in the text format of Prometheus. Each DEST needs a file of its own.",
      valueName: "file"), completion: .file(extensions: ["prom"]))
  var metrics: String?

  /// Throws unless the files of an installation differ.
  func validate(new: String, dest: String) throws {
    if isOneFile(new, dest) { throw ValidationError("NEW and DEST are one file") }
    if let metrics, let other = ([new, dest] + config).first(where: { isOneFile($0, metrics) }) {
      throw ValidationError("--metrics and \(other) are one file")
    }
  }

  /// The directories of the configurations.
  var directories: [String] { config.map { directory ?? containingDirectory(of: $0) } }

  /// Installs a file and writes the metrics. Ends the command with a status if either fails.
  ///
  /// - Parameter install: Gets the present. Returns the measure of the installed file and the report.
  func run(
    _ subject: InstallationMetrics.Subject, _ destination: String,
    _ install: (Int64) throws(InstallationFailure) -> (measure: Int, report: String)
  ) throws(ExitCode) {
    let now = Int64(Date().timeIntervalSince1970)
    /// False: it failed, and the error was printed.
    func write(_ change: (inout InstallationMetrics) -> Void) -> Bool {
      guard let metrics else { return true }
      do throws(MetricsFileError) {
        try InstallationMetrics.update(metrics, subject, destination, change)
        return true
      } catch {
        standardError.write("--metrics \(printable("\(metrics): error: \(error.message)"))\n")
        return false
      }
    }
    do throws(InstallationFailure) {
      let (measure, report) = try install(now)
      // The file is in place, so a report that nobody reads is not an error.
      try? standardOutput.print(printableLines(report))
      let isWritten = write {
        $0.lastSuccess = now
        $0.measure = measure
      }
      if isWritten { return }
    } catch {
      standardError.write(error.text)
      _ = write { $0.failures += 1 }
      throw ExitCode(error.status)
    }
    throw ExitCode(2)
  }
}
