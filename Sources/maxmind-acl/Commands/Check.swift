import ArgumentParser
import Glibc
import MaxMindACL
import Remap

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds mistakes in configurations.",
    discussion: """
      Loads each FILE as the proxy would, with its page, lists and database, and prints everything \
      that is wrong or probably not meant. A file that ends in .yaml or .yml is a configuration; any \
      other is a remap.config: then each line with @plugin=maxmind_acl.so is checked with the file \
      that its @pparam names, and lines for which Traffic Server refuses the FILE are errors. Names \
      are relative to the directory of the FILE unless --directory is given.

      Each file that Traffic Server's user cannot read is an error. That user is the one of --user; \
      else of proxy.config.admin.user_id, where a records.config or records.yaml in the directory of \
      the FILE or above has one, unless that directory is your own; else the owner of that directory. \
      Root asks the system; any other user compares the modes of the files.

      EXAMPLES
        maxmind-acl check maxmind.yaml
        maxmind-acl check --strict /etc/trafficserver/remap.config

      EXIT STATUS
        0  no errors
        1  errors
        3  warnings, with --strict; that a database is old does not count
        64 the command line is wrong
      """)

  @Argument(
    help: ArgumentHelp("Configurations (.yaml) or remap.config files.", valueName: "file"),
    completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The directory that names in a FILE are relative to: Traffic Server's own.",
      valueName: "directory"), completion: .directory)
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Traffic Server's user, who has to read all files; found in the records of a FILE's directory unless given.",
      valueName: "name"), transform: Self.account)
  var user: Account?

  @OptionGroup var moment: MomentOption

  @Flag(help: "Exit with 3 if there are warnings but no errors. An old database does not count.")
  var strict = false

  func run() throws {
    var report = DiagnosticReport()
    let now = moment.now ?? Int64(time(nil))
    for file in files {
      if RuleSet.isConfiguration(file) {
        try report.load(
          file, at: file, directory: directory, mapHost: nil, now: now, reader: reader(of: file))
      } else {
        try checkRemap(file, at: now, &report)
      }
    }
    try report.printTotals()
    if report.errors > 0 { throw ExitCode(1) }
    if strict, report.strictWarnings > 0 { throw ExitCode(3) }
  }

  private func checkRemap(_ file: String, at now: Int64, _ report: inout DiagnosticReport) throws {
    let reader = reader(of: file)
    let remap = RemapConfig.read(file, directory: directory, willRead: reader.checkReading)
    report.add(remap.diagnostics)
    for instance in remap.instances {
      let name = instance.configuration
      try report.load(
        name, at: resolve(name, in: remap.directory), directory: remap.directory,
        mapHost: instance.mapHost, now: now, reader: reader)
    }
    guard !remap.diagnostics.contains(where: { $0.severity == .error }) else { return }
    let rules = RuleSet(remap, file: file, now: now) { report.policy(of: $0) }
    report.add(rules?.warningsOfLines() ?? [])
  }

  private func reader(of file: String) -> Account {
    user ?? ProxyAccount.reading(directory ?? containingDirectory(of: file))
  }

  private static func account(_ name: String) throws -> Account {
    guard let account = Account(named: name) else {
      throw ValidationError("there is no user of that name")
    }
    return account
  }
}
