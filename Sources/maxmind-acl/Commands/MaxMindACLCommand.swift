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
      Loads configurations as the plugin does and decides by the same code, without a proxy. check \
      finds mistakes; explain tells why one request is allowed or denied; test runs tests of the \
      rules; replay tells what becomes of the requests of access logs, diff which of them a change of \
      the rules would flip, and merge adds up replays of parts; install-list replaces a list file, if \
      the new one is sound. No file is written that was not asked for.

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
      Check.self, Explain.self, Test.self, Replay.self, Diff.self, Merge.self, InstallList.self,
    ])

  /// Runs the command that the arguments name.
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

  /// Tells what is wrong with the command line, without what in it could steer a terminal, and ends.
  private static func refuse(_ message: String) -> Never {
    for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
      standardError.write(printable(String(line)) + "\n")
    }
    Foundation.exit(ExitCode.validationFailure.rawValue)
  }

  /// What to say where the first argument is no command.
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
