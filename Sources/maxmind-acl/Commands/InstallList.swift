import ArgumentParser
import MaxMindACL

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

  @OptionGroup var options: InstallationOptions

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

  @Argument(help: "The new list.", completion: .file())
  var new: String

  @Argument(help: "The list file to replace.", completion: .file())
  var dest: String

  func validate() throws {
    if minEntries < 0 { throw ValidationError("--min-entries: expected a number from 0") }
    try options.validate(new: new, dest: dest)
  }

  func run() throws {
    try options.run(.list, dest) { (now) throws(InstallationFailure) in try install(now: now) }
  }

  /// Installs the list and releases the lock. Returns the number of entries and the report.
  private func install(now: Int64) throws(InstallationFailure) -> (measure: Int, report: String) {
    let installation = try ListInstallation(
      new: new, destination: dest, value: value, now: now, isInPlace: inPlace, isForced: force)
    for file in options.config {
      try installation.check(file, directory: options.directory, for: options.trafficServer.version)
    }
    try installation.check(
      maxChange: maxChange, minEntries: minEntries, allowsShort: allowShort)
    let isChanged = try installation.install()
    installation.file.warnOfUnreadable(dest, by: options.directories)
    let report = isChanged ? installation.report : "\(installation.heading); unchanged"
    return (installation.list.ranges.count, report)
  }
}
