import Addresses
import GeoDatabase
import MaxMindACL

/// A file of rule tests as it is written: typed, nothing looked up, each value with its line and column.
package struct RuleTestFile: Sendable {
  /// Where the rules stand that are tested.
  package enum Rules: Sendable {
    /// `config`: one configuration, for every URL.
    case configuration(Located<String>)
    /// `remap`: a remap.config, in which the URL chooses the configuration.
    case remap(Located<String>)
  }

  /// The file, as the operator named it.
  package var file: String
  /// `config` or `remap`.
  package var rules: Rules
  /// `directory`: what the names in the rules are relative to; nil: the directory of the file of rules.
  package var directory: Located<String>?
  /// `database`: the database to decide with instead of those that the configurations name.
  package var database: Located<String>?
  /// `tests`, in the order of the file.
  package var tests: [RuleTest]

  /// A name of the file relative to its directory, as the names in it are.
  package func resolved(_ name: Located<String>) -> String {
    resolve(name.value, in: parent(of: file))
  }
}

/// One entry of `tests`: requests, and what is to become of each of them.
package struct RuleTest: Sendable {
  /// A client of the test.
  package struct Client: Hashable, Sendable {
    /// Its address; nil: the request has none.
    package var address: Address?

    /// The address, or `-` if there is none.
    package var text: String { address?.description ?? "-" }
  }

  /// `name`: what the test says of the rules; no other test of the file has it.
  package var name: Located<String>
  /// `client`: at least one; `edges` and `neighbours` are the addresses that they stand for.
  package var clients: [Client]
  /// `url`: at least one.
  package var urls: [String]
  /// `headers`: the fields of each request.
  package var headers: [(name: String, value: String)]
  /// `expect`.
  package var expectation: Expectation

  /// How many requests there are: one for each client and URL.
  package var caseCount: Int { clients.count * urls.count }
}

/// What a test expects of each of its requests; nil is not looked at.
package struct Expectation: Hashable, Sendable {
  /// `decision`.
  package var decision: Verdict?
  /// `reason`: as in a report, or `anonymous` for any flag.
  package var reason: String?
  /// `rule`: the rule as it is written.
  package var rule: String?
  /// `line`: the line of the rule in its file.
  package var line: Int?
  /// `country`: the client's country by the database, or none.
  package var country: Country?
  /// `status`: that of the answer.
  package var status: Int?
  /// `map`: the line of the remap.config, by its place or the URL that it maps from.
  package var map: String?

  /// What a client's country is expected to be: a code, or none that the database knows.
  package enum Country: Hashable, Sendable {
    case code(CountryCode)
    case none
  }

  package init() {}
}
