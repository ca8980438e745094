import ArgumentParser
import MaxMindACL
import Remap

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explains why a request is allowed or denied.",
    discussion: """
      Decides one request and prints the steps of the decision in order. A mark shows the step that \
      decided, with the rule from the configuration. docs/semantics.md explains the steps. With \
      --remap, the output begins with the line of the remap.config that maps the URL, and each \
      configuration of the line follows up to the first enforced denial. After a denial that is not \
      enforced, the next configuration decides.

      If a configuration has client:, --client is the address of the connection, and the header \
      fields may name another client. Without client:, X-Forwarded-For and Forwarded do not count, \
      and explain says so. A denial that is not enforced lets the request pass and is shown as \
      "deny, not enforced".

      EXAMPLES
        maxmind-acl explain --config maxmind.yaml --client 192.0.2.1 \\
          http://www.example.com/shop
        maxmind-acl explain --remap /etc/trafficserver/remap.config \\
          --client 192.0.2.1 http://www.example.com/shop
        maxmind-acl explain --config maxmind.yaml --client 2001:db8::1 \\
          --header 'X-Key: secret' --json http://www.example.com/shop
        maxmind-acl explain --config maxmind.yaml --client 10.0.0.1 \\
          --header 'X-Forwarded-For: 192.0.2.1' http://www.example.com/shop

      EXIT STATUS
        0  the request was decided, or no rules apply to it
        1  the configuration cannot be loaded
        64 the command line is wrong
      """)

  @OptionGroup var options: RequestOptions

  @Option(
    help: ArgumentHelp(
      "The client's address, or - for a request without one.", valueName: "address"))
  var client: String

  @Option(help: ArgumentHelp("The method of the request.", valueName: "method"))
  var method = "GET"

  @Flag(
    help:
      """
      Print one JSON object with decision, reason, rule, file of a list, line, client, country and url. If a regex \
      denies: also form and form_url, the form of the URL that it matches. In missed: an allow regex that matches \
      the URL as sent but not another form, and that form. For a denial: also status, location and page. With \
      several configurations on a remap line, the object describes the one that decides, and not_enforced lists \
      the denials before it.
      """)
  var json = false

  @Argument(help: "The URL before remapping, such as http://a.example/x.txt.")
  var url: String

  private func request() throws -> Request {
    guard let address = maxmind_acl.client(client) else {
      throw ValidationError("--client: '\(client)' is not an IPv4 or IPv6 address")
    }
    guard var request = try Request(client: address, url: url, headers: options.headers.fields())
    else {
      throw ValidationError("'\(url)' is not an absolute URL such as http://a.example/x.txt")
    }
    request.method = method
    return request
  }

  func run() throws {
    let request = try request()
    let rules = try options.rules()
    let conditions = rules.conditions(on: [url])
    if !conditions.isEmpty {
      report(LoadFailure(diagnostics: conditions))
      throw ExitCode(1)
    }
    guard let explanation = rules.explain(request, url: url) else { return }
    if json {
      let json = ExplanationJSON(
        client: client, isMapped: rules.remap != nil, line: explanation.line,
        ladders: explanation.ladders)
      try standardOutput.print(try json.text())
    } else {
      try standardOutput.print(explanation.rendered(client: client))
    }
  }
}
