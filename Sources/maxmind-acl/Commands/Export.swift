import Addresses
import ArgumentParser
import GeoDatabase
import MaxMindACL
import Text

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints denied prefixes for other programs.",
    discussion: """
      Prints the addresses that the configuration denies, or those of a country, as the fewest CIDR \
      blocks, for a program that cannot load the plugin. First IPv4, then IPv6, in ascending order.

      A client is exported if its address and its records decide alone. If a verdict depends on the \
      URL, the method, the time or a header field, the client is left out, and export warns of such \
      rules. Errors of patterns and the limits of enforcement do not count. Addresses that a database \
      derives from IPv4, such as 6to4, are left out too, unless a rule names them by ip.

      plain is one prefix a line. nginx is for an include in a geo block, and begins with comments: \
      the configuration, the databases and their build dates. Equal inputs give equal outputs.

      EXAMPLES
        maxmind-acl export --config maxmind.yaml --format nginx \\
          --output /etc/nginx/denied.conf
        maxmind-acl export --config maxmind.yaml --format plain --country DE

      EXIT STATUS
        0  the prefixes were written, also if there are none
        1  the configuration cannot be loaded, or the prefixes cannot be written
        64 the command line is wrong
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case nginx, plain
  }

  @OptionGroup var options: PolicyOptions

  @Option(help: ArgumentHelp("The format.", valueName: "format"))
  var format: Format

  @Option(
    help: ArgumentHelp(
      "Export the clients of this country, whatever their verdict. Repeat it for several.",
      valueName: "code"), transform: Self.place)
  var country: [PlaceCode] = []

  @Option(
    help: ArgumentHelp(
      "Export the clients with this verdict on all requests. Default: deny, or any with --country.",
      valueName: "deny|allow"), transform: Self.verdict)
  var verdict: Verdict?

  @Flag(help: "Export also clients that a header field or a URL of bypass lets through.")
  var ignoreBypass = false

  @Option(
    help: ArgumentHelp(
      "Write a file in place of standard output. Replaces only a file of this kind.",
      valueName: "file"), completion: .file())
  var output: String?

  private static func place(_ text: String) throws -> PlaceCode {
    guard let code = PlaceCode(text) else {
      throw ValidationError("'\(text)' is not a country code (ISO 3166-1, such as US)")
    }
    return code
  }

  private static func verdict(_ text: String) throws -> Verdict {
    guard let verdict = Verdict(rawValue: text) else {
      throw ValidationError("'\(text)' is not a verdict: there are deny and allow")
    }
    return verdict
  }

  private var clients: ExportedClients {
    var clients = ExportedClients(
      verdict: verdict ?? (country.isEmpty ? .deny : nil), countries: Set(country))
    clients.ignoresBypass = ignoreBypass
    return clients
  }

  func run() throws {
    guard let config = options.config, let policy = try options.policy() else {
      throw ValidationError("expected --config")
    }
    if let output {
      try OutputFile(option: "--output", path: output, kind: .export)
        .check(inputs: [config] + policy.databases.map(\.path) + policy.listPaths)
    }
    warn(about: policy)
    // A later run replaces the file only if it has the heading.
    var text = format == .nginx || output != nil ? heading(policy) : ""
    let end = format == .nginx ? " 1;\n" : "\n"
    policy.forEachPrefix(of: clients) { text += "\($0)\(end)" }
    if let output {
      if !writeFile(text, to: output) { throw ExitCode(1) }
    } else {
      try standardOutput.write(Array(text.utf8))
    }
  }

  /// Warns of what the prefixes leave out.
  private func warn(about policy: Policy) {
    var messages: [String] = []
    let known = policy.databases.reduce(into: Set<PlaceCode>()) { $0.formUnion($1.countries) }
    for code in country where !known.contains(code) {
      messages.append("no record of the databases has the country \(code)")
    }
    let rules = policy.requestRules.filter { !(ignoreBypass && $0.step == .bypass) }
    let count = rules.reduce(0) { $0 + $1.count }
    if clients.verdict != nil, count > 0 {
      let steps = rules.map { "\($0.count) \($0.step.name)" }.joined(separator: ", ")
      messages.append(
        "\(counted(count, "rule depends", plural: "rules depend")) on the request (\(steps)); "
          + "clients that they can decide are left out"
          + (rules.contains { $0.step == .bypass }
            ? "; --ignore-bypass exports those of bypass" : ""))
    }
    if clients.verdict == .deny, let limits = policy.configuration.enforcement.limits {
      messages.append("\(limits), but the export has all denied clients")
    }
    if let expiry = policy.nextExpiry {
      messages.append(
        "a list entry expires at \(isoTime(epoch: expiry)); export again after that")
    }
    for message in messages {
      standardError.write(printable("\(policy.configuration.file): warning: \(message)") + "\n")
    }
  }

  private func heading(_ policy: Policy) -> String {
    let codes = country.map(\.description).joined(separator: ", ")
    var words = country.isEmpty ? "all clients" : "clients in \(codes)"
    if let verdict = clients.verdict {
      words += " for which each request is \(verdict == .deny ? "denied" : "allowed")"
    }
    var lines = ["\(Self.mark) of \(policy.configuration.file): \(words)"]
    for (name, database) in zip(policy.configuration.databases, policy.databases) {
      lines.append(
        "database \(options.database.isEmpty ? name.value : database.path): \(database.summary)")
    }
    if format == .nginx {
      lines.append("Include it in a geo block: geo $listed { default 0; include FILE; }")
    }
    return lines.map { "# \(printable($0))\n" }.joined()
  }

  private static let mark = "maxmind-acl export"

  /// Whether a file's first bytes are those of an export.
  static func isExport(_ beginning: String) -> Bool {
    beginning.hasPrefix("# \(mark) of ")
  }
}
