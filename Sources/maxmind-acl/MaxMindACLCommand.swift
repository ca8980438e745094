import ArgumentParser

@main
struct MaxMindACLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maxmind-acl",
    abstract: "Tests the rules of Traffic Server's maxmind_acl plugin offline.",
    discussion: """
      The rules are decided by the same code as in the proxy. Nothing is changed and no proxy is \
      needed: check finds mistakes in a configuration, explain tells why one request is allowed \
      or denied, test runs tests of the rules, replay decides on many.

      EXAMPLES
        maxmind-acl check /etc/trafficserver/remap.config
        maxmind-acl explain --config maxmind.yaml --client 192.0.2.1 http://a.example/x.txt
        maxmind-acl test tests.yaml
        maxmind-acl replay --config maxmind.yaml requests.txt
      """,
    subcommands: [Check.self, Explain.self, Test.self, Replay.self])
}
