import ArgumentParser
import Files
import Foundation
import MaxMindACL
import Remap
import Text

struct InstallList: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts a new list file into place, if it is sound.",
    discussion: """
      Reads NEW, a list file as ip_file names them, compares it with DEST, prints what it adds and \
      removes, and puts its content into the place of DEST. What is wrong or suspicious is refused, \
      and then nothing changes. Readers see the old list or the new one, never a part. Meant for \
      cron: two runs at once wait for each other.

      The change is what is added and what is removed together, as a percentage of the old list: a \
      list of 100 entries that loses 5 and gets 15 others changes by 20%, one that doubles by 100%, \
      and by 200% one of which nothing stays and as much comes. It is measured three ways, by \
      entries, IPv4 addresses and IPv6 addresses; --max-change limits the largest. A family that \
      the old list has no address of counts as 100%. Where there is no old list, or one without \
      entries, there is nothing to measure. A DEST that has errors is no list: it is replaced with \
      --force alone.

      The file is written where only root and the user can write. In a directory of another user, \
      root acts as that user. The file keeps mode and owner; one that was not there can be read by \
      all. A file that Traffic Server's user cannot read is warned of.

      EXAMPLES
        maxmind-acl install-list /var/lib/maxmind-acl/blocked.conf \\
          /etc/trafficserver/blocked.conf
        maxmind-acl install-list --config /etc/trafficserver/remap.config \\
          --max-change 20% --min-entries 1000 \\
          --metrics /var/lib/prometheus/node-exporter/blocked.prom \\
          /var/lib/maxmind-acl/blocked.conf /etc/trafficserver/blocked.conf

      EXIT STATUS
        0  DEST has the content of NEW
        1  NEW or a configuration has errors, or does not name DEST
        2  a list, a configuration or the metrics cannot be read or written
        3  the change is refused, as is one of a DEST that has errors
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
      "The directory that names in a configuration are relative to: Traffic Server's own.",
      valueName: "directory"), completion: .directory)
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Refuse a list that changes by more than this of the old one, such as 20%; 100% for one that doubles.",
      valueName: "percent"), transform: Percentage.change)
  var maxChange: Percentage?

  @Option(
    help: ArgumentHelp("Refuse a list of fewer entries, expired ones not counted.", valueName: "n"))
  var minEntries = 1

  @Flag(
    help: ArgumentHelp(
      "Install a list that has entries larger than a /8, or a /16 of IPv6, with public addresses in them."
    ))
  var allowShort = false

  @Option(
    help: ArgumentHelp(
      "The value of nginx's geo, or the set of ipset, whose entries list, as value: in ip_file.",
      valueName: "value"))
  var value: String?

  @Flag(
    help:
      "Write into the file that DEST is, which keeps its inode; meanwhile a reader may see a part.")
  var inPlace = false

  @Flag(help: "Replace a DEST that has errors, whatever changes.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Write the outcome in the text format of Prometheus; a file for each list.",
      valueName: "file"), completion: .file(extensions: ["prom"]))
  var metrics: String?

  @Argument(help: "The new list.", completion: .file())
  var new: String

  @Argument(help: "The list file to replace.", completion: .file())
  var dest: String

  func validate() throws {
    if minEntries < 0 { throw ValidationError("--min-entries: a number from 0 is needed") }
    if isOneFile(new, dest) { throw ValidationError("NEW and DEST are one file") }
    if let metrics, let other = ([new, dest] + config).first(where: { isOneFile($0, metrics) }) {
      throw ValidationError("--metrics and \(other) are one file")
    }
  }

  func run() throws {
    let now = Int64(Date().timeIntervalSince1970)
    do throws(InstallationFailure) {
      let (entries, report) = try install(now: now)
      // The list is in place: that nobody reads of it is no failure.
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

  /// Installs the list and lets go of the lock. Returns the entries of the list and what changed.
  private func install(now: Int64) throws(InstallationFailure) -> (entries: Int, report: String) {
    let installation = try ListInstallation(
      new: new, destination: dest, value: value, now: now, isInPlace: inPlace, isForced: force)
    for file in config { try installation.check(file, directory: directory) }
    try installation.check(
      maxChange: maxChange?.value, minEntries: minEntries, allowsShort: allowShort)
    let isChanged = try installation.install()
    warnOfUnreadable(installation.file.path)
    let report = isChanged ? installation.report : "\(installation.heading); unchanged"
    return (installation.list.ranges.count, printable(lines: report))
  }

  /// Warns where the proxy cannot read the list that is in place.
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

  /// Tells Prometheus; false, and said, where that cannot be done.
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
