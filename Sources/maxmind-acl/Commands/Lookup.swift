import Addresses
import ArgumentParser
import GeoDatabase
import MaxMindACL
import Text

struct Lookup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints what the databases say of addresses.",
    discussion: """
      Prints the fields of each ADDRESS in each database, and all fields together. A field comes from \
      the first database that has it, so the order of the databases decides; flags come from all. A \
      field that the address does not have is left out. A field of a wrong type is unreadable. No \
      other service is asked.

      With --config, the databases are those of the configuration, its fields: apply, and the rules \
      that name a value are listed. explain shows which rule decides.

      Without ADDRESS, or with -, lookup reads standard input, one address a line, and prints one \
      line for each. Its columns are separated by tabs: address, country, registered country, \
      continent, subdivisions, network, organisation, flags and, with --config, the rules with their \
      lines. An absent field is -. lookup skips an empty line, and reports a line that is not an \
      address.

      EXAMPLES
        maxmind-acl lookup 192.0.2.1 --database GeoLite2-Country.mmdb
        maxmind-acl lookup 192.0.2.1 2001:db8::1 --config maxmind.yaml
        cut -d' ' -f1 access.log | maxmind-acl lookup --config maxmind.yaml |
          cut -f2 | sort | uniq -c

      EXIT STATUS
        0  all addresses were looked up
        1  a file cannot be loaded, or a line of standard input is not an address
        64 the command line is wrong
      """)

  @OptionGroup var options: PolicyOptions

  @Flag(help: "Print one JSON object a line for each address.")
  var json = false

  @Argument(help: "The addresses. None, or -: read them from standard input.")
  var addresses: [String] = []

  func run() throws {
    let isList = addresses.isEmpty || addresses == ["-"]
    let given = try isList ? [] : addresses.map(Self.address)
    if options.config == nil, options.database.isEmpty {
      throw ValidationError("expected --database or --config")
    }
    let lookup = try AddressLookup(policy: try options.policy(), databases: options.database)
    if isList {
      try list(lookup)
    } else if json {
      for address in given { try standardOutput.print(try lookup.json(of: address)) }
    } else {
      let texts = given.map { lookup.text(of: $0) }
      try standardOutput.print(texts.joined(separator: "\n\n"))
    }
  }

  private static func address(_ text: String) throws -> Address {
    guard let address = Address(text) else {
      throw ValidationError("'\(text)' is not an IPv4 or IPv6 address")
    }
    return address
  }

  /// Looks up the addresses of standard input.
  private func list(_ lookup: AddressLookup) throws {
    guard let reader = LineReader(path: "-") else {
      try report(["standard input: cannot be read"])
      return
    }
    var output: [UInt8] = []
    var (number, hasMistakes) = (0, false)
    while let line = reader.next() {
      number += 1
      let text = String(decoding: line, as: UTF8.self)
      let word = text.trimmingPrefix { $0.isWhitespace }.prefix { !$0.isWhitespace }
      if word.isEmpty { continue }
      guard let address = Address(text.filter { !$0.isWhitespace }) else {
        standardError.write(
          "standard input:\(number): error: \"\(printable(String(text.prefix(64))))\" is not an "
            + "IPv4 or IPv6 address\n")
        hasMistakes = true
        continue
      }
      output += (json ? try lookup.json(of: address) : lookup.row(of: address)).utf8
      output.append(UInt8(ascii: "\n"))
      if output.count >= 1 << 16 {
        try standardOutput.write(output)
        output.removeAll(keepingCapacity: true)
      }
    }
    try standardOutput.write(output)
    if let failure = reader.failure { try report(["standard input: \(failure)"]) }
    if hasMistakes { throw ExitCode(1) }
  }
}
