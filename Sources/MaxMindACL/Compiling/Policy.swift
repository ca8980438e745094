@_exported import Addresses
@_exported import GeoDatabase
import URLPattern

/// A configuration compiled against its databases.
///
/// Immutable: any number of threads may decide with one policy at once, without a lock. A class, so that threads share
/// it at the cost of one reference.
///
/// ```swift
/// let policy = try Policy.load(path: "maxmind.yaml")
/// print(policy.summary)
/// for warning in policy.warnings { print(warning.rendered) }
/// ```
public final class Policy: Sendable {
  /// The configuration as written.
  package let configuration: Configuration
  /// All rules in report order: by kind, then in the order of the file.
  package let rules: RuleList
  /// When the next entry of a list file expires, in seconds since 1970; nil: never. From then on, the policy of
  /// `expiry(at:)` replaces this one.
  package let nextExpiry: Int64?
  /// The lists with entries that expire; nil: none.
  let expiring: ExpiringLists?
  /// The list files in the words of reports.
  let listSummaries: [String]
  /// Problems of the configuration that do not stop it, and errors of refused files whose running content stays in use.
  public let warnings: [Diagnostic]
  /// The database of countries and flags.
  @usableFromInline package let database: GeoDatabase
  /// The line of the configuration that names the database, for diagnostics.
  let databaseSourceLine: String?
  /// The answers to denied clients.
  package let answers: ConfiguredAnswers

  let bypass: BypassHeader?
  /// The clients that pass before all rules; nil: none.
  let bypassAddresses: AddressTable?
  /// Whether the proxy removes a final `;` of a path that begins no parameters.
  let dropsEmptyParameters: Bool
  /// Selects the client's address; nil: the address of the connection.
  let clientRules: ClientRules?
  let enforcement: Configuration.Enforcement
  /// The address rules; a deny rule hides the allow rules that it covers.
  let addresses: AddressTable
  /// The number of the first allow rule in `addresses`. Deny rules have smaller numbers.
  let firstAllowedAddress: UInt32
  let ruleLines: [UInt32]
  /// The precomputed plan of each record. Its pattern sets are indices into `patternSets`.
  @usableFromInline let plans: RecordPlans
  let patternSets: [PatternSet]
  let defaultVerdict: Verdict
  let errorVerdict: Verdict

  /// The header field whose first value `decide` needs; nil: no bypass header.
  package var bypassHeader: String? { bypass?.name }

  init(
    compiled: CompiledConfiguration, lists: AddressLists, document: YAMLDocument,
    answers: ConfiguredAnswers, database: GeoDatabase, warnings: [Diagnostic], moment: Int64
  ) {
    configuration = compiled.configuration
    rules = compiled.rules
    nextExpiry = compiled.nextExpiry
    expiring = ExpiringLists(lists, document, at: moment)
    listSummaries = lists.summaries
    self.warnings = warnings
    self.database = database
    databaseSourceLine = compiled.configuration.database.flatMap {
      document.line(of: $0.range)
    }
    self.answers = answers
    bypass = compiled.bypass
    bypassAddresses = compiled.bypassAddresses
    clientRules = compiled.configuration.client.map { ClientRules($0) }
    dropsEmptyParameters = compiled.configuration.dropsEmptyParameters
    enforcement = compiled.configuration.enforcement
    addresses = compiled.addresses
    firstAllowedAddress = compiled.firstAllowedAddress
    ruleLines = compiled.rules.lines
    let planner = RecordPlanner(compiled)
    defaultVerdict = planner.defaultVerdict
    errorVerdict = planner.errorVerdict
    plans = RecordPlans(database.records, withoutAddress: planner.planWithoutAddress) {
      planner.plan(for: $0)
    }
    patternSets = planner.patternSets
  }
}

extension Policy {
  /// Whether a refused file keeps its content from the policy before.
  package var refusesFile: Bool {
    warnings.contains {
      $0.id == .databaseOlder || $0.id == .databaseLostCountry || $0.id == .listRefused
    }
  }

  /// The rule that decided; nil: no rule did.
  package func rule(of decision: Decision) -> Rule? {
    guard let index = decision.rule, rules.indices.contains(index) else { return nil }
    return rules[index]
  }

  /// The client's country in one of the policy's decisions; nil: not looked up, or unknown.
  package func country(of decision: Decision) -> CountryCode? {
    CountryCode(handle: decision.countryHandle, of: database.countryTexts)
  }

  /// The country of an address in the policy's database, independent of any rule.
  package func country(of client: Address?) -> CountryCode? {
    guard let client, case .code(let code)? = database.record(for: client)?.country else {
      return nil
    }
    return code
  }
}
