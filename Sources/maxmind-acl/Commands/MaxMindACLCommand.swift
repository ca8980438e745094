import ArgumentParser
import Foundation
import MaxMindACL
import Text

@main
struct MaxMindACLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maxmind-acl",
    abstract: "Tests the rules of Traffic Server's maxmind_acl plugin offline.",
    discussion: """
      Loads configurations as the plugin does and decides with the same code, without a proxy. check \
      finds mistakes. explain shows why a request is allowed or denied. test runs tests of the rules. \
      replay decides the requests of access logs, diff finds the requests that a change of the rules \
      would flip, and merge adds up replays of parts. lookup prints what the databases say of \
      addresses. export prints denied prefixes for other programs. install-list and install-database \
      replace a file if the new one is valid. The tool writes no files except those that you name.

      EXAMPLES
        maxmind-acl check /etc/trafficserver/remap.config
        maxmind-acl explain --config maxmind.yaml --client 192.0.2.1 \\
          http://www.example.com/shop
        maxmind-acl test tests.yaml
        maxmind-acl replay --remap /etc/trafficserver/remap.config squid.log
        maxmind-acl diff maxmind.yaml changed.yaml --traffic squid.log

      ENVIRONMENT
        NO_COLOR  if it is set and not empty, no colours are used on a terminal

      FILES
        *.yaml        a configuration of the plugin (docs/configuration.md has every
                      key), or tests of rules (docs/rule-tests.md)
        remap.config  Traffic Server's: its lines with @plugin=maxmind_acl.so name
                      configurations
        *.mmdb        a database in the format of MaxMind
      """,
    version: "maxmind-acl 1.0.0",
    subcommands: [
      Check.self, Explain.self, Test.self, Replay.self, Diff.self, Merge.self, Lookup.self,
      Export.self, Migrate.self, Import.self,
      InstallList.self, InstallDatabase.self,
    ])

  static func main() {
    var command: any ParsableCommand
    do {
      command = try parseAsRoot()
    } catch {
      if exitCode(for: error) != .validationFailure { exit(withError: error) }
      refuse(misspeltCommand ?? fullMessage(for: error))
    }
    do {
      try command.run()
    } catch let error as ValidationError {
      let used = type(of: command)
      refuse(
        """
        Error: \(error.message)
        Usage: \(usageString(for: used))
          See 'maxmind-acl \(used._commandName) --help' for more information.
        """)
    } catch {
      exit(withError: error)
    }
  }

  /// Prints a mistake of the command line, safe for a terminal, and exits.
  private static func refuse(_ message: String) -> Never {
    standardError.write(printableLines(message) + "\n")
    Foundation.exit(ExitCode.validationFailure.rawValue)
  }

  /// The message if the first argument is not a command.
  private static var misspeltCommand: String? {
    guard let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-") else {
      return nil
    }
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    if names.contains(name) { return nil }
    let meant = suggestion(for: name, among: names).map { "; did you mean \($0)?" }
    return "Error: there is no command '\(name)'"
      + (meant ?? "; there are " + names.joined(separator: ", "))
      + "\n  See 'maxmind-acl --help' for more information."
  }
}
