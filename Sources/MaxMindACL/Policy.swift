import GeoDatabase
import URLPattern

/// A configuration compiled against its databases.
///
/// Immutable: any number of threads may decide with one policy at once, without a lock. A class only so
/// that threads share it for the price of one reference.
public final class Policy: Sendable {
  /// The rules of `allow` or of `deny`, ready to be looked up. The numbers are indices into `rules`.
  struct Side: Sendable {
    var addresses: AddressTable
    var countries: [CountryCode: UInt32]
    /// The patterns for clients of a country that some pattern names, those for anyone among them.
    var patternsByCountry: [CountryCode: PatternSet]
    /// The patterns for everyone else.
    var patternsForAnyone: PatternSet
    /// Whether any rule reads the client's country.
    var readsCountry: Bool
  }

  /// The bypass header, ready to be compared.
  struct BypassHeader: Sendable {
    var name: String
    var value: [UInt8]
    var rule: UInt32
  }

  /// The configuration as it is written.
  public let configuration: Configuration
  /// All rules in the order in which they are reported: by kind, then in the order of the file.
  public let rules: [Rule]
  /// What was found while loading that works but is probably not meant.
  public let warnings: [Diagnostic]
  /// The database that countries and flags come from.
  public let database: GeoDatabase
  /// The body for denied clients; nil: the proxy's own page.
  public let denialBody: [UInt8]?

  let bypass: BypassHeader?
  @usableFromInline let deniedAddresses: AddressTable
  @usableFromInline let allowedAddresses: AddressTable
  /// Whether either of them has anything in it.
  @usableFromInline let hasAddressRules: Bool
  /// The line of each rule.
  let ruleLines: [UInt32]
  /// What each record settles; its pattern sets are indices into `patternSets`.
  @usableFromInline let plans: RecordPlans
  let patternSets: [PatternSet]
  /// The flags that deny, in the order of the file.
  let blockedFlags: [(flag: AnonymityFlags, rule: UInt32)]
  let defaultVerdict: Verdict
  let errorVerdict: Verdict

  /// The name of the header field that `decide` wants the first value of; nil if there is no `bypass`.
  public var bypassHeader: String? { bypass?.name }

  init(compiled: CompiledConfiguration, database: GeoDatabase, warnings: [Diagnostic]) {
    configuration = compiled.configuration
    rules = compiled.rules
    self.warnings = warnings
    self.database = database
    denialBody = compiled.page
    bypass = compiled.bypass
    deniedAddresses = compiled.deny.addresses
    allowedAddresses = compiled.allow.addresses
    hasAddressRules = deniedAddresses.segmentCount + allowedAddresses.segmentCount > 0
    ruleLines = compiled.rules.map { UInt32(truncatingIfNeeded: $0.line) }
    blockedFlags = compiled.blockedFlags
    let planner = RecordPlanner(compiled)
    defaultVerdict = planner.defaultVerdict
    errorVerdict = planner.errorVerdict
    plans = RecordPlans(database.records) { planner.plan(for: $0) }
    patternSets = planner.patternSets
  }
}

extension Policy {
  /// The rule that decided, or nil where none did.
  public func rule(of decision: Decision) -> Rule? {
    guard let index = decision.rule, rules.indices.contains(index) else { return nil }
    return rules[index]
  }

  /// The country of an address by the policy's database, whether or not a rule looked at it.
  public func country(of client: Address?) -> CountryCode? {
    guard let client, case .code(let code)? = database.record(for: client)?.country else {
      return nil
    }
    return code
  }

  /// One line that says why: `deny deny.country DE maxmind.yaml:12 country=DE`.
  public func describe(_ decision: Decision) -> String {
    var words = [decision.verdict.rawValue, decision.reason.description]
    if case .error(let failure) = decision.reason { words.append("(\(failure.explanation))") }
    if let rule = rule(of: decision) {
      words.append(rule.text)
      words.append("\(configuration.file):\(rule.line)")
    }
    if let country = decision.country { words.append("country=\(country)") }
    return printable(words.joined(separator: " "))
  }

  /// One line that says what was loaded: the rules by kind, the database with type and build date.
  public var summary: String {
    let counts = Rule.Kind.allCases.compactMap { kind -> String? in
      let count = rules.count { $0.kind == kind }
      return count > 0 ? "\(count) \(kind.rawValue)" : nil
    }
    let listed = counts.isEmpty ? "no rules" : counts.joined(separator: ", ")
    return printable(
      "\(configuration.file): \(listed); default \(defaultVerdict.rawValue); database \(database.path) "
        + "(\(database.type), built \(isoDate(epoch: database.buildEpoch)))")
  }
}

/// The UTC date of a time in seconds since 1970, as `2026-09-01`.
///
/// Source: the civil calendar by days from 0000-03-01, in eras of 400 years (146,097 days).
func isoDate(epoch: UInt64) -> String {
  let days = Int(epoch.quotientAndRemainder(dividingBy: 86_400).quotient) + 719_468
  let era = days / 146_097
  let dayOfEra = days % 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shifted = (5 * dayOfYear + 2) / 153  // months from March
  let day = dayOfYear - (153 * shifted + 2) / 5 + 1
  let month = shifted < 10 ? shifted + 3 : shifted - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(year)-\(padded(month))-\(padded(day))"
}
