import ArgumentParser
import GeoDatabase
import MaxMindACL
import Text

struct InstallDatabase: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Installs a new database if it is valid.",
    discussion: """
      Loads each configuration with NEW in place of DEST, compares what it decides for all addresses, \
      prints the changes by country, and replaces DEST. If NEW is wrong or suspicious, nothing \
      changes. Readers see the old database or the new one, never a part. Meant for cron, after a \
      program that fetches databases: two runs at once wait for each other.

      The change is the share of all IPv4 addresses, and of the IPv6 addresses in either database, \
      whose clients would be decided otherwise: with another verdict, or with other patterns and \
      conditions on the request. --max-change limits the larger one. The default of 2% is five IPv4 \
      /8: an ordinary update moves far less, and a build that lost a large country moves more. \
      Without an old database there is no change to measure. A configuration that does not load with \
      the old database is refused without --force.

      A database that was built before DEST, or that lost a country of the rules, is refused unless \
      the configuration has allow_older or allow_lost_countries.

      Nobody but root and the user may be able to write in the directory of DEST. In a directory of \
      another user, root acts as that user. The file keeps mode and owner; a new file is readable by \
      all. install-database warns if Traffic Server's user cannot read it. Both databases are in \
      memory at once.

      EXAMPLES
        maxmind-acl install-database --config /etc/trafficserver/remap.config \\
          /var/lib/GeoIP/GeoLite2-Country.mmdb \\
          /etc/trafficserver/GeoLite2-Country.mmdb
        maxmind-acl install-database --config maxmind.yaml --dry-run \\
          new.mmdb GeoLite2-Country.mmdb

      EXIT STATUS
        0  DEST has the content of NEW, or would have it with --dry-run
        1  NEW or a configuration has errors, or a configuration does not name DEST
        2  a database, a configuration or the metrics cannot be read or written
        3  the change is refused, or the old database cannot be used
        4  another run holds the lock for a minute
        64 the command line is wrong
      """)

  @OptionGroup var options: InstallationOptions

  @Option(
    help: ArgumentHelp(
      "Refuse a database that decides more than this share of the addresses otherwise.",
      valueName: "percent"), transform: Percentage.share)
  var maxChange = 2.0

  @Flag(help: "Print the changes and install nothing.")
  var dryRun = false

  @Flag(help: "Replace a DEST that cannot be used.")
  var force = false

  @Argument(help: "The new database.", completion: .file(extensions: ["mmdb"]))
  var new: String

  @Argument(help: "The database to replace.", completion: .file(extensions: ["mmdb"]))
  var dest: String

  func validate() throws {
    try options.validate(new: new, dest: dest)
    if options.config.isEmpty { throw ValidationError("expected --config") }
    if dryRun, options.metrics != nil { throw ValidationError("--dry-run writes no --metrics") }
  }

  func run() throws {
    try options.run(.database, dest) { (now) throws(InstallationFailure) in try install(now: now) }
  }

  /// Installs the database and releases the lock. Returns its build time and the report.
  private func install(now: Int64) throws(InstallationFailure) -> (measure: Int, report: String) {
    let file = try InstalledFile.locked(dest)
    var state = OldState.missing
    let draft = try draft(beside: file, &state)
    var trial = DatabaseTrial(
      new: new, draft: draft.path, destination: file.path, named: dest,
      isReplacement: state != .missing, now: now)
    for name in options.config {
      try trial.check(
        name, directory: options.directory, for: options.trafficServer.version, isForced: force)
    }
    var heading = "\(dest): \(trial.database?.summary ?? "")"
    if state == .other, let old = trial.old { heading += ", in place of \(old.summary)" }
    if state == .equal { heading += "; unchanged" }
    let report = ([heading] + trial.report).joined(separator: "\n")
    if let refusal = trial.refusal(maxChange: maxChange) {
      let text = "\(new): error: refused: \(refusal)\n\(report)\n\(dest) stays as it is"
      throw InstallationFailure(status: 3, text: printableLines(text) + "\n")
    }
    let build = Int(clamping: trial.database?.buildEpoch ?? 0)
    if dryRun { return (build, report + "\nnothing is installed") }
    if state != .equal {
      do throws(SystemFailure) {
        try file.replace(with: draft)
      } catch {
        throw .unwritable(error)
      }
    }
    file.warnOfUnreadable(dest, by: options.directories)
    return (build, report)
  }

  private enum OldState {
    case missing, equal, other
  }

  /// Copies the new database beside the old one. The command checks and installs this copy.
  private func draft(
    beside file: borrowing InstalledFile, _ state: inout OldState
  ) throws(InstallationFailure) -> FileDraft {
    let bytes = try readNew(new, limit: GeoDatabase.largestFile)
    let old = try file.content(limit: GeoDatabase.largestFile)
    state = old == nil ? .missing : old == bytes ? .equal : .other
    do throws(SystemFailure) {
      return try file.draft(bytes)
    } catch {
      throw .unwritable(error)
    }
  }
}
