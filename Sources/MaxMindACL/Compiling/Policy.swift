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
  /// The lists, so that a reload can keep one and its entries can expire.
  let lists: AddressLists
  /// Problems of the configuration that do not stop it, and errors of refused files whose running content stays in use.
  public let warnings: [Diagnostic]
  /// The databases in the order of the configuration.
  package let databases: [GeoDatabase]
  /// The lines of the configuration that name the databases, for diagnostics.
  let databaseSourceLines: [String?]
  /// The answers to denied clients.
  package let answers: ConfiguredAnswers

  let bypass: BypassHeader?
  /// The other rules of `bypass`.
  let bypassRules: BypassRules
  /// Whether decisions begin with `decideBeforeLadder`: there are bypass rules, or the stock plugin's ladder is in force.
  let decidesBeforeLadder: Bool
  /// The stock plugin whose decisions the policy makes; nil: none.
  package let stock: Configuration.Stock?
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
  /// The database whose records have precomputed plans: the primary one, or an empty one if that has too many records.
  @usableFromInline let planned: GeoDatabase
  /// Whether the primary database has precomputed plans.
  let isPlanned: Bool
  /// The precomputed plans. Their pattern sets are indices into `patternSets`.
  @usableFromInline let plans: RecordPlans
  let planWithoutAddress: RecordPlan
  /// Makes the plans of clients.
  let planner: RecordPlanner
  /// The way to the outcomes of a client's fields; nil: the precomputed plans suffice.
  let tables: RecordTables?
  /// The rules with several conditions; nil: none.
  let named: NamedRules?
  /// The countries in decisions that are not short codes, by number.
  package let countryTexts: [PlaceCode]
  let patternSets: [PatternSet]
  let defaultVerdict: Verdict
  let errorVerdict: Verdict

  /// The header field whose first value `decide` needs; nil: no bypass header.
  package var bypassHeader: String? { bypass?.name }

  init(
    compiled: CompiledConfiguration, lists: AddressLists, document: YAMLDocument,
    answers: ConfiguredAnswers, databases: [GeoDatabase], warnings: [Diagnostic], moment: Int64
  ) {
    configuration = compiled.configuration
    rules = compiled.rules
    nextExpiry = compiled.nextExpiry
    expiring = ExpiringLists(lists, document, at: moment)
    self.lists = lists
    self.warnings = warnings
    self.databases = databases
    databaseSourceLines = compiled.configuration.databases.map { document.line(of: $0.range) }
    self.answers = answers
    bypass = compiled.bypass
    bypassRules = compiled.bypassRules
    stock = compiled.configuration.stock
    let stockPlanner = stock.map { StockPlanner(compiled, $0) }
    decidesBeforeLadder = stockPlanner != nil || !compiled.bypassRules.isEmpty
    clientRules = compiled.client
    dropsEmptyParameters = compiled.configuration.dropsEmptyParameters
    enforcement = compiled.configuration.enforcement
    addresses = compiled.addresses
    firstAllowedAddress = compiled.firstAllowedAddress
    ruleLines = compiled.rules.lines
    var outcomes = FieldOutcomes(compiled)
    // Options of the tool can add databases. The stock plugin has one.
    let read = stockPlanner == nil ? databases : Array(databases.prefix(1))
    let tables = RecordTables(read, compiled.configuration) { outcomes.outcome($0, $1) }
    named = outcomes.namedRules
    let planner = RecordPlanner(
      compiled, named: named, denyPatternsForAnyone: outcomes.denyPatternsForAnyone)
    self.planner = planner
    defaultVerdict = planner.defaultVerdict
    errorVerdict = planner.errorVerdict
    planWithoutAddress = planner.planWithoutAddress
    countryTexts = outcomes.countryTexts
    patternSets = outcomes.patternSets
    let primary =
      stockPlanner != nil
      ? read.first ?? .empty
      : tables.databases.isEmpty ? .empty : tables.databases[tables.primary]
    isPlanned = stockPlanner != nil || primary.records.count <= RecordPlans.mostRecords
    planned = isPlanned ? primary : .empty
    let isMerged = !isPlanned || tables.databases.count > 1
    let named = named
    plans = RecordPlans(count: planned.records.count + 1) { leaf in
      let record = tables.record(ofPrimaryLeaf: leaf)
      if let stockPlanner { return stockPlanner.plan(for: record, isInDatabase: leaf > 0) }
      let plan = planner.plan(for: record)
      return isMerged
        ? plan.unmerged(isCompletable: tables.isCompletable(record, by: named)) : plan
    }
    self.tables = isMerged || named != nil ? tables : nil
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
  package func country(of decision: Decision) -> PlaceCode? {
    PlaceCode(handle: decision.countryHandle, of: countryTexts)
  }

  /// The countries of all records, each with its handle in decisions.
  package var countries: [(code: PlaceCode, handle: UInt64)] {
    let codes = databases.reduce(into: Set<PlaceCode>()) {
      $0.formUnion($1.countries(from: configuration.countryFrom))
    }
    let numbered = Dictionary(countryTexts.map { ($0, $0.handle) }) { first, _ in first }
    return codes.sorted().map { ($0, numbered[$0] ?? $0.handle) }
  }

  /// The handle of an address's country; 0: none.
  package func countryHandle(of client: Address) -> UInt64 {
    let plan = unsafe plan(for: client)
    return unsafe plan.pointee.state.contains(.unmerged)
      ? mergedPlan(for: client).decision.countryHandle : plan.pointee.decision.countryHandle
  }

  /// The country of an address in the policy's databases, independent of any rule.
  package func country(of client: Address?) -> PlaceCode? {
    client.flatMap { PlaceCode(handle: countryHandle(of: $0), of: countryTexts) }
  }

  /// The fields of records besides the country that rules read, for reports.
  package var countedFields: [RecordField] {
    RecordField.decisive.filter { $0 != .country && configuration.reads($0) }
  }

  /// The time of the oldest database's build, in seconds since 1970; nil: unknown.
  package var oldestBuild: UInt64? { databases.map(\.buildEpoch).filter { $0 > 0 }.min() }

  /// The paths of the list files.
  package var listPaths: [String] { lists.all.compactMap(\.path) }

  /// Whether decisions need the request's URL.
  package var readsURL: Bool {
    configuration.bypass?.patterns.isEmpty == false
      || Step.allCases.contains { $0.reads == .url && rules.count(of: $0) > 0 }
      || configuration.allConditions.contains { !$0.hosts.isEmpty || !$0.patterns.isEmpty }
  }

  /// What the databases say of an address: each field from the first database that has it, and all flags.
  package func record(for client: Address) -> Record { databases.mergedRecord(for: client) }
}

extension [GeoDatabase] {
  /// What the databases say of an address: each field from the first database that has it, and all flags.
  package func mergedRecord(for client: Address) -> Record {
    reduce(into: Record()) { merged, database in
      if let record = database.record(for: client) { merged.fill(from: record, of: database) }
    }
  }
}

extension Record {
  /// Takes the fields that this record does not have from a record of a database, and adds its flags.
  fileprivate mutating func fill(from other: Record, of database: GeoDatabase) {
    func fill<Value>(_ field: RecordField, _ path: WritableKeyPath<Record, FieldValue<Value>>) {
      // A record that cannot be decoded has also fields that its database does not serve.
      if self[keyPath: path] == .absent, database.serves(field) {
        self[keyPath: path] = other[keyPath: path]
      }
    }
    fill(.country, \.country)
    fill(.registeredCountry, \.registeredCountry)
    fill(.continent, \.continent)
    fill(.subdivision, \.subdivisions)
    fill(.asn, \.asn)
    organisation = organisation ?? other.organisation
    flags.formUnion(other.flags)
    unreadableFlags.formUnion(other.unreadableFlags.intersection(database.servedFlags))
  }
}
