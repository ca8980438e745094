import ArgumentParser
import MaxMindACL
import Platform
import Remap

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds mistakes in configurations.",
    discussion: """
      Loads each FILE as the proxy would, with its page, lists and database, and prints all errors \
      and probable mistakes. A file that ends in .yaml or .yml is a configuration. Any other file is \
      a remap.config: check reads the configuration of each line with @plugin=maxmind_acl.so, and \
      lines that make Traffic Server refuse the FILE are errors. Names are relative to the directory \
      of the FILE unless --directory is given.

      A file that Traffic Server's user cannot read is an error. The user is --user, or else \
      proxy.config.admin.user_id in a records.config or records.yaml in the directory of the FILE or \
      above, or else the owner of that directory. If the directory is yours, the user is you. Root \
      asks the system; other users compare the modes of the files.

      If a configuration has only keys of the stock plugin, and that plugin decides some requests \
      otherwise, a line names the command migrate. The line changes no exit status.

      EXAMPLES
        maxmind-acl check maxmind.yaml
        maxmind-acl check --strict /etc/trafficserver/remap.config

      EXIT STATUS
        0  no errors
        1  errors
        3  warnings, with --strict; the age of a database does not count
        64 the command line is wrong
      """)

  @Argument(
    help: ArgumentHelp("Configurations (.yaml) or remap.config files.", valueName: "file"),
    completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The directory for relative names in a FILE: Traffic Server's own.",
      valueName: "directory"), completion: .directory)
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Traffic Server's user, which must be able to read all files. Default: found by a FILE's directory.",
      valueName: "name"), transform: Self.account)
  var user: Account?

  @OptionGroup var trafficServer: TrafficServerOption
  @OptionGroup var moment: MomentOption

  @Flag(help: "Exit with 3 if there are warnings but no errors. An old database does not count.")
  var strict = false

  func run() throws {
    var report = DiagnosticReport()
    let now = moment.now ?? Int64(time(nil))
    for file in files {
      if RuleSet.isConfiguration(file) {
        try report.load(
          file, at: file, directory: directory, mapHost: nil, for: trafficServer.version, now: now,
          reader: reader(of: file), note: note(of: file))
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
    let version = trafficServer.version ?? .installed
    let remap = RemapConfig.read(
      file, by: version ?? .v9_2, directory: directory, willRead: reader.checkReading)
    report.add(remap.diagnostics)
    if let warning = remap.warningOfYAML(beside: file) { report.add([warning]) }
    for instance in remap.instances {
      let name = instance.configuration
      try report.load(
        name, at: resolve(name, in: remap.directory), directory: remap.directory,
        mapHost: instance.mapHost, for: version, now: now, reader: reader,
        note: note(of: file, hosts: remap.hosts(of: name)))
    }
    guard !remap.diagnostics.contains(where: { $0.severity == .error }) else { return }
    let rules = RuleSet(remap, file: file, now: now) { report.policy(of: $0) }
    report.add(rules?.warningsOfLines() ?? [])
  }

  private func note(of file: String, hosts: [String] = []) -> MigrationNote {
    MigrationNote(
      version: trafficServer.version, hosts: hosts,
      command: ["maxmind-acl", "migrate", file]
        + (directory.map { ["--directory", $0] } ?? [])
        + (trafficServer.version.map { ["--traffic-server", $0.rawValue] } ?? []))
  }

  private func reader(of file: String) -> Account {
    user ?? ProxyAccount.reading(directory ?? containingDirectory(of: file))
  }

  private static func account(_ name: String) throws -> Account {
    guard let account = Account(named: name) else {
      throw ValidationError("there is no user with that name")
    }
    return account
  }
}
