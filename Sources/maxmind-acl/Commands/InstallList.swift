import ArgumentParser
import Files
import Foundation
import MaxMindACL
import Remap
import Text

struct InstallList: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Installs a new list file if it is valid.",
    discussion: """
      Reads NEW, a list file for ip_file, compares it with DEST, prints the added and removed \
      entries, and replaces the content of DEST. If NEW is wrong or suspicious, nothing changes. \
      Readers see the old list or the new one, never a part. Meant for cron: two runs at once wait \
      for each other.

      The change is the sum of added and removed entries, as a percentage of the old list: a list of \
      100 entries that loses 5 and gains 15 changes by 20%, a list that doubles by 100%, and a list \
      with all entries replaced by 200%. It is measured by entries, by IPv4 addresses and by IPv6 \
      addresses, and --max-change limits the largest. If the old list has no address of a family, \
      new ones count as 100%. Without an old list, or with an empty one, there is no change to \
      measure. A DEST with errors is not a list: only --force replaces it.

      Nobody but root and the user may be able to write in the directory of DEST. In a directory of \
      another user, root acts as that user. The file keeps mode and owner; a new file is readable by \
      all. install-list warns if Traffic Server's user cannot read the file.

      EXAMPLES
        maxmind-acl install-list /var/lib/maxmind-acl/blocked.conf \\
          /etc/trafficserver/blocked.conf
        maxmind-acl install-list --config /etc/trafficserver/remap.config \\
          --max-change 20% --min-entries 1000 \\
          --metrics /var/lib/prometheus/node-exporter/blocked.prom \\
          /var/lib/maxmind-acl/blocked.conf /etc/trafficserver/blocked.conf

      EXIT STATUS
        0  DEST has the content of NEW
        1  NEW or a configuration has errors, or a configuration does not name DEST
        2  a list, a configuration or the metrics cannot be read or written
        3  the change is refused, or DEST has errors
        4  another run holds the lock for a minute
        64 the command line is wrong
      """)

  @Option(
    help: ArgumentHelp(
      "A configuration or remap.config that has to load with the new list. May be repeated.",
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
      "Refuse a list that changes by more than this share of the old one, such as 20%. A list that doubles changes by 100%.",
      valueName: "percent"), transform: Percentage.change)
  var maxChange: Double?

  @Option(
    help: ArgumentHelp(
      "Refuse a list with fewer entries. Expired ones do not count.", valueName: "n"))
  var minEntries = 1

  @Flag(
    help: ArgumentHelp(
      "Allow entries with public addresses that are larger than a /8, or a /16 of IPv6."
    ))
  var allowShort = false

  @Option(
    help: ArgumentHelp(
      "Read the entries with this value of nginx's geo, or of this set of ipset, like value: of ip_file.",
      valueName: "value"))
  var value: String?

  @Flag(
    help:
      "Write into the existing file, which keeps its inode. Meanwhile a reader may see a part.")
  var inPlace = false

  @Flag(help: "Replace a DEST that has errors.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Write the result in the text format of Prometheus. Each list needs a file of its own.",
      valueName: "file"), completion: .file(extensions: ["prom"]))
  var metrics: String?

  @Argument(help: "The new list.", completion: .file())
  var new: String

  @Argument(help: "The list file to replace.", completion: .file())
  var dest: String

  func validate() throws {
    if minEntries < 0 { throw ValidationError("--min-entries: expected a number from 0") }
    if isOneFile(new, dest) { throw ValidationError("NEW and DEST are one file") }
    if let metrics, let other = ([new, dest] + config).first(where: { isOneFile($0, metrics) }) {
      throw ValidationError("--metrics and \(other) are one file")
    }
  }

  func run() throws {
    let now = Int64(Date().timeIntervalSince1970)
    do throws(InstallationFailure) {
      let (entries, report) = try install(now: now)
      // The list is in place, so a report that nobody reads is not an error.
      try? standardOutput.print(report)
      let isTold = writeMetrics {
        $0.lastSuccess = now
        $0.entries = entries
      }
      if isTold { return }
    } catch {
      standardError.write(error.text)
      _ = writeMetrics { $0.failures += 1 }
      throw ExitCode(error.status)
    }
    throw ExitCode(2)
  }

  /// Installs the list and releases the lock. Returns the number of entries and the report.
  private func install(now: Int64) throws(InstallationFailure) -> (entries: Int, report: String) {
    let installation = try ListInstallation(
      new: new, destination: dest, value: value, now: now, isInPlace: inPlace, isForced: force)
    for file in config {
      try installation.check(file, directory: directory, for: trafficServer.version)
    }
    try installation.check(
      maxChange: maxChange, minEntries: minEntries, allowsShort: allowShort)
    let isChanged = try installation.install()
    warnOfUnreadable(installation.file.path)
    let report = isChanged ? installation.report : "\(installation.heading); unchanged"
    return (installation.list.ranges.count, printableLines(report))
  }

  /// Warns if the proxy cannot read the installed list.
  private func warnOfUnreadable(_ list: String) {
    let directories =
      config.isEmpty
      ? [containingDirectory(of: list)]
      : config.map { directory ?? containingDirectory(of: $0) }
    var warned: Set<String> = []
    for account in directories.map(ProxyAccount.reading) where warned.insert(account.name).inserted
    {
      do throws(FileError) {
        try account.checkReading(list)
      } catch {
        standardError.write(printable("\(dest): warning: \(error.message)") + "\n")
      }
    }
  }

  /// Writes the metrics. False: it failed, and the error was printed.
  private func writeMetrics(_ change: (inout ListMetrics) -> Void) -> Bool {
    guard let path = metrics else { return true }
    do throws(MetricsFileError) {
      try ListMetrics.update(path, list: dest, change)
      return true
    } catch {
      standardError.write("--metrics \(printable("\(path): error: \(error.message)"))\n")
      return false
    }
  }
}
