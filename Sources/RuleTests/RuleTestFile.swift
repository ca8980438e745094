import Addresses
import GeoDatabase
import MaxMindACL

/// A file of rule tests as it is written: typed, each value with its line and column, without look-ups.
package struct RuleTestFile: Sendable {
  /// The rules under test.
  package enum Rules: Sendable {
    /// `config`: one configuration, for every URL.
    case configuration(Located<String>)
    /// `remap`: a remap.config, which chooses the configuration by URL.
    case remap(Located<String>)
  }

  /// The file, as the operator named it.
  package var file: String
  /// `config` or `remap`.
  package var rules: Rules
  /// `directory`: the directory for relative names in the rules. Nil: the directory of the rules' file.
  package var directory: Located<String>?
  /// `database`: the databases in place of the configurations'; empty: none.
  package var databases: [Located<String>] = []
  /// `tests`, in the order of the file.
  package var tests: [RuleTest]

  /// Resolves a name of the file in its directory.
  package func resolved(_ name: Located<String>) -> String {
    resolve(name.value, in: parent(of: file))
  }
}

/// One entry of `tests`: requests, and the expected outcome of each.
package struct RuleTest: Sendable {
  /// A client of the test.
  package struct Client: Hashable, Sendable {
    /// Its address. Nil: the request has none.
    package var address: Address?

    /// The address, or `-` if there is none.
    package var text: String { address?.description ?? "-" }
  }

  /// `name`: a sentence about the rules, unique in the file.
  package var name: Located<String>
  /// `client`: at least one, with `edges` and `neighbours` resolved.
  package var clients: [Client]
  /// `url`: at least one.
  package var urls: [String]
  /// `headers`: the fields of each request.
  package var headers: [(name: String, value: String)]
  /// `method`.
  package var method = "GET"
  /// `time`, in seconds since 1970; nil: the present.
  package var time: Int64?
  /// `expect`.
  package var expectation: Expectation

  /// What named rules read besides client, header fields and URL.
  ///
  /// - Parameter now: The time if the test has none, in seconds since 1970.
  package func circumstances(at now: Int64) -> Circumstances {
    let method = Array(method.utf8)
    return Circumstances(method: RequestMethod(method.span), now: time ?? now)
  }

  /// How many requests there are: one for each client and URL.
  package var caseCount: Int { clients.count * urls.count }
}

/// The expectations for each request of a test. Nil: not checked.
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
  /// `status`: the status of the answer.
  package var status: Int?
  /// `map`: the line of the remap.config, by its place or the URL that it maps from.
  package var map: String?

  /// An expected country: a code, or no country in the database.
  package enum Country: Hashable, Sendable {
    case code(PlaceCode)
    case none
  }

  package init() {}
}
