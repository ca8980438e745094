@_exported import Addresses
@_exported import GeoDatabase
import URLPattern

/// A configuration compiled against its databases.
///
/// Immutable: any number of threads may decide with one policy at once, without a lock. A class only so
/// that threads share it for the price of one reference.
public final class Policy: Sendable {
  /// The rules of `allow` or of `deny` but for the addresses, ready to be looked up. The numbers are indices
  /// into `rules`.
  struct Side: Sendable {
    var countries: [CountryCode: UInt32] = [:]
    /// The patterns for clients of a country that some pattern names, those for anyone among them.
    var patternsByCountry: [CountryCode: PatternSet] = [:]
    /// The patterns for everyone else.
    var patternsForAnyone = PatternSet([])
  }

  /// The bypass header, ready to be compared.
  struct BypassHeader: Sendable {
    var name: String
    var value: [UInt8]
    var rule: UInt32
    /// From whom it counts, beside trusted proxies; nil: no one else.
    var sources: AddressTable?
  }

  /// The configuration as it is written.
  package let configuration: Configuration
  /// All rules in the order in which they are reported: by kind, then in the order of the file.
  package let rules: RuleList
  /// When the next entry of a list file expires, in seconds since 1970; nil: none does. From then on, the policy of
  /// `expiry(at:)` is to take its place.
  package let nextExpiry: Int64?
  /// What that is made from; nil: no entry ever expires.
  let expiring: ExpiringLists?
  /// The list files, as reports tell of them.
  let listSummaries: [String]
  /// What was found while loading that works but is probably not meant, and the errors of files that are refused
  /// while the rest is in force.
  public let warnings: [Diagnostic]
  /// The database that countries and flags come from.
  @usableFromInline package let database: GeoDatabase
  /// The line of the configuration that names it, as diagnostics quote it.
  let databaseSourceLine: String?
  /// What denied clients are answered.
  package let answers: ConfiguredAnswers

  let bypass: BypassHeader?
  /// Those who pass before any rule is looked at; nil: no one.
  let bypassAddresses: AddressTable?
  /// Who the client is, if not the one that the connection comes from.
  let clientRules: ClientRules?
  let enforcement: Configuration.Enforcement
  /// The rules for addresses, those that deny above those that allow.
  let addresses: AddressTable
  /// The number of the first rule in `addresses` that allows; those that deny are smaller.
  let firstAllowedAddress: UInt32
  /// The line of each rule.
  let ruleLines: [UInt32]
  /// What each record settles; its pattern sets are indices into `patternSets`.
  @usableFromInline let plans: RecordPlans
  let patternSets: [PatternSet]
  let defaultVerdict: Verdict
  let errorVerdict: Verdict

  /// The name of the header field that `decide` wants the first value of; nil if there is no `bypass`.
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
  /// Whether it has kept the content of a file from the policy before, because that file is refused.
  package var refusesFile: Bool {
    warnings.contains {
      $0.id == .databaseOlder || $0.id == .databaseLostCountry || $0.id == .listRefused
    }
  }

  /// The rule that decided, or nil where none did.
  package func rule(of decision: Decision) -> Rule? {
    guard let index = decision.rule, rules.indices.contains(index) else { return nil }
    return rules[index]
  }

  /// The client's country by one of the policy's decisions, if it was looked up and is known.
  package func country(of decision: Decision) -> CountryCode? {
    CountryCode(handle: decision.countryHandle, of: database.countryTexts)
  }

  /// The country of an address by the policy's database, whether or not a rule looked at it.
  package func country(of client: Address?) -> CountryCode? {
    guard let client, case .code(let code)? = database.record(for: client)?.country else {
      return nil
    }
    return code
  }
}
