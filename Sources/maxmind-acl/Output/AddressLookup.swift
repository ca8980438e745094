import Addresses
import ArgumentParser
import Foundation
import GeoDatabase
import MaxMindACL
import Text

/// The databases of `lookup`, with all fields of their records, and the policy whose rules name values.
struct AddressLookup {
  private let policy: Policy?
  private let databases: [(name: String, database: GeoDatabase)]
  private let flags: [(name: String, flag: AnonymityFlags)]
  /// The flags that any database has.
  private let servedFlags: AnonymityFlags

  /// Loads the databases, or prints the error.
  ///
  /// - Parameter others: The databases in place of the policy's. Empty: the policy's.
  init(policy: Policy?, databases others: [String]) throws(ExitCode) {
    let selection = policy?.configuration.selection
    let all = FieldSelection(
      fields: Set(RecordField.allCases), pointers: selection?.pointers ?? [:],
      flagPointers: selection?.flagPointers ?? [:])
    let configured = policy.map { zip($0.configuration.databases, $0.databases) }
    let files =
      others.isEmpty
      ? configured?.map { (name: $0.value, path: $1.path) } ?? [] : others.map { ($0, $0) }
    var databases: [(name: String, database: GeoDatabase)] = []
    for (name, path) in files {
      do throws(GeoDatabaseError) {
        databases.append((name, try GeoDatabase.load(path: path, reading: all)))
      } catch {
        standardError.write("\(printable("\(name): error: \(error.message)"))\n")
        throw ExitCode(1)
      }
    }
    self.policy = policy
    self.databases = databases
    flags =
      policy?.configuration.flagNames ?? AnonymityFlags.table.map { ($0.name, $0.flag) }
    servedFlags = databases.reduce(into: []) { $0.formUnion($1.database.servedFlags) }
  }

  private func merged(_ address: Address) -> Record {
    databases.map(\.database).mergedRecord(for: address)
  }

  // MARK: - Text

  /// The fields of an address in each database and together, without a final line break.
  func text(of address: Address) -> String {
    var lines = ["\(address)"]
    for (name, database) in databases {
      lines.append("  \(name): \(database.summary)")
      let record = database.record(for: address)
      lines += record.map { rows(of: $0) } ?? ["    no record"]
    }
    if policy != nil || databases.count > 1 {
      let heading =
        databases.count > 1
        ? "each field from the first database that has it, flags from all"
        : "the rules that name a value"
      lines.append("  \(policy?.configuration.file ?? "together"): \(heading)")
      if let policy {
        lines.append(row("address", "\(address)", rule(text: policy.mentions(of: address))))
      }
      lines += rows(of: merged(address), by: policy)
    }
    return lines.map(printable).joined(separator: "\n")
  }

  private func rows(of record: Record, by policy: Policy? = nil) -> [String] {
    if record == .unreadable { return ["    the record cannot be decoded"] }
    var rows = RecordField.reported.compactMap { field -> String? in
      let mentions = policy?.mentions(of: field, in: record)
      func rules(isUnreadable: Bool) -> String? {
        field == .organisation || policy == nil
          ? nil : rule(text: mentions, isUnreadable: isUnreadable)
      }
      return switch record.text(of: field) {
      case .absent: nil
      case .value(let text): row(field.rawValue, text, rules(isUnreadable: false))
      case .unreadable: row(field.rawValue, "unreadable", rules(isUnreadable: true))
      }
    }
    for (name, flag) in flags {
      let isUnreadable = isUnreadable(flag, in: record)
      guard record.flags.contains(flag) || isUnreadable else { continue }
      rows.append(
        row(
          Self.name(ofFlag: name), isUnreadable ? "unreadable" : "true",
          policy.map { rule(text: $0.mentions(of: flag), isUnreadable: isUnreadable) }))
    }
    return rows.isEmpty ? ["    no field that rules can read"] : rows
  }

  private func isUnreadable(_ flag: AnonymityFlags, in record: Record) -> Bool {
    record.unreadableFlags.contains(flag) && servedFlags.contains(flag)
  }

  private static func name(ofFlag name: String) -> String { "anonymous.\(name)" }

  private func row(_ name: String, _ value: String, _ rules: String?) -> String {
    let blanks = String(repeating: " ", count: max(1, 24 - name.count))
    return "    \(name)\(blanks)\(value)\(rules.map { "  (\($0))" } ?? "")"
  }

  private func rule(text mentions: [RuleMention]?, isUnreadable: Bool = false) -> String {
    guard let mentions else { return "no rule reads it" }
    if isUnreadable { return "on_error decides, unless a rule denies" }
    return mentions.isEmpty
      ? "no rule names it" : mentions.map(\.description).joined(separator: "; ")
  }

  // MARK: - Rows

  /// The fields of an address together, as columns separated by tabs.
  func row(of address: Address) -> String {
    let record = merged(address)
    var columns = ["\(address)"]
    columns += RecordField.reported.map { field in
      switch record.text(of: field) {
      case .absent: "-"
      case .value(let text): text
      case .unreadable: "unreadable"
      }
    }
    let names = flags.compactMap { name, flag in
      record.flags.contains(flag)
        ? name : isUnreadable(flag, in: record) ? "\(name)=unreadable" : nil
    }
    columns.append(names.isEmpty ? "-" : names.joined(separator: ","))
    if let policy {
      let rules = mentions(of: address, record, policy).flatMap(\.rules)
        .map { "\($0.isException ? "not " : "")\($0.step.name):\($0.line)" }
      let distinct = rules.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      columns.append(distinct.isEmpty ? "-" : distinct.joined(separator: ","))
    }
    return columns.map { printable($0.replacing("\t", with: " ")) }.joined(separator: "\t")
  }

  /// The values that rules name, each with its rules.
  private func mentions(
    of address: Address, _ record: Record, _ policy: Policy
  ) -> [(name: String, rules: [RuleMention])] {
    let fields = RecordField.reported.filter { record.state(of: $0) == .readable }
      .map { ($0.rawValue, policy.mentions(of: $0, in: record) ?? []) }
    let set = flags.filter { record.flags.contains($0.flag) }
      .map { (Self.name(ofFlag: $0.name), policy.mentions(of: $0.flag) ?? []) }
    return ([("address", policy.mentions(of: address))] + fields + set).filter { !$0.1.isEmpty }
  }

  // MARK: - JSON

  private struct RecordJSON: Encodable {
    var country, registered_country, continent, organisation: String?
    var subdivision: [String]?
    var asn: UInt32?
    var flags, unreadable: [String]?
  }

  private struct DatabaseJSON: Encodable {
    var file, type, built: String
    var record: RecordJSON?
  }

  private struct RuleJSON: Encodable {
    var step: String
    var name, file: String?
    var not: Bool?
    var line: Int
  }

  private struct AddressJSON: Encodable {
    var address: String
    var databases: [DatabaseJSON]
    var record: RecordJSON
    var rules: [String: [RuleJSON]]?
  }

  /// The same as one JSON object on one line.
  func json(of address: Address) throws -> String {
    let record = merged(address)
    let rules = policy.map { policy in
      Dictionary(
        mentions(of: address, record, policy).map { name, rules in
          (
            name,
            rules.map {
              RuleJSON(
                step: $0.step.name, name: $0.ruleName, file: $0.file,
                not: $0.isException ? true : nil, line: $0.line)
            }
          )
        }, uniquingKeysWith: { $0 + $1 })
    }
    return try jsonLine(
      AddressJSON(
        address: "\(address)",
        databases: databases.map { name, database in
          DatabaseJSON(
            file: name, type: database.type, built: isoDate(epoch: database.buildEpoch),
            record: database.record(for: address).map(json))
        }, record: json(record), rules: rules))
  }

  private func json(_ record: Record) -> RecordJSON {
    let unreadable =
      RecordField.reported.filter { record.state(of: $0) == .unreadable }.map(\.rawValue)
      + flags.filter { record.unreadableFlags.intersection(servedFlags).contains($0.flag) }
      .map(\.name)
    let names = flags.filter { record.flags.contains($0.flag) }.map(\.name)
    return RecordJSON(
      country: record.text(of: .country).readable,
      registered_country: record.text(of: .registeredCountry).readable,
      continent: record.text(of: .continent).readable, organisation: record.organisation,
      subdivision: record.subdivisions.readable?.map(\.description), asn: record.asn.readable,
      flags: names.isEmpty ? nil : names, unreadable: unreadable.isEmpty ? nil : unreadable)
  }
}

extension RecordField {
  /// All fields in the order of reports.
  fileprivate static let reported: [RecordField] = [
    .country, .registeredCountry, .continent, .subdivision, .asn, .organisation,
  ]
}
