import ArgumentParser

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
        NO_COLOR  if it is set to anything, no colours are used on a terminal

      FILES
        *.yaml        a configuration of the plugin (docs/configuration.md has every
                      key), or tests of rules (docs/rule-tests.md)
        remap.config  Traffic Server's: its lines with @plugin=maxmind_acl.so name
                      configurations
        *.mmdb        a database in the format of MaxMind
      """,
    subcommands: [
      Check.self, Explain.self, Test.self, Replay.self, Diff.self, Merge.self, InstallList.self,
    ])
}
