import Addresses
import Text

/// Writes the rules of servers as a configuration and its lists.
struct ConfigurationWriter {
  /// The servers with these rules.
  var servers: [NginxDirective]
  private var rules: ImportedRules
  private let databases: [String]
  private var client: (trusted: [String], header: String)?
  private var lists: [(name: String, text: String)] = []
  /// Ranges beyond this number go into a list file.
  private static let mostInline = 16

  init(server: NginxDirective, rules: ImportedRules, databases: [String]) {
    servers = [server]
    self.rules = rules
    self.databases = databases
  }

  mutating func addClient(_ realIP: NginxConfiguration.RealIP, _ notes: inout NginxNotes) {
    guard let place = realIP.place, !realIP.trusted.isEmpty else { return }
    let header = realIP.header
    let directive = NginxDirective(name: "real_ip_header", arguments: [header], place: place)
    if header == "proxy_protocol" {
      notes.add(directive, "set the PROXY protocol for the port of Traffic Server")
      return
    }
    if !realIP.isRecursive {
      notes.add(
        directive,
        "imported as with real_ip_recursive on: trusted addresses of the field are skipped")
    }
    client = (realIP.trusted, header)
  }

  func hasSameRules(as other: ConfigurationWriter) -> Bool {
    rules == other.rules && client?.header == other.client?.header
      && client?.trusted == other.client?.trusted
  }

  // MARK: - The sections

  /// The kinds of denials in the order in which they decide.
  private enum Kind: String, CaseIterable, Comparable {
    case ip, asn, country, continent, regex, rules, unknown

    /// The kind under which a rule can stand without a name, or else `rules`.
    init(_ rule: ImportedRule) {
      guard rule.holds.count == 1, rule.excludes.isEmpty else {
        self = .rules
        return
      }
      self =
        switch rule.holds[0] {
        case .addresses: .ip
        case .asn: .asn
        case .continent: .continent
        case .country: .country
        case .regex: .regex
        case .host, .method: .rules
        }
    }

    static func < (left: Kind, right: Kind) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  mutating func files(_ names: inout Set<String>) throws(NoCounterpart) -> [NginxImport.File] {
    let name = unusedName(hostNames.first ?? "default", &names)
    var denials = rules.denials
    let answers = Set(denials.map(\.verdict.answer))
    var allowed: ImportedRule?
    // What no allow rule names is denied after all deny rules.
    if let last = denials.last, last.holds.isEmpty, !last.excludes.isEmpty,
      // Deny rules come first, and so does their answer.
      denials.count == 1 || answers.count == 1
        || denials.dropLast().allSatisfy({ !$0.holds.isEmpty }),
      last.excludes.allSatisfy(\.readsClient)
    {
      allowed = denials.removeLast()
    } else if rules.unknown == .allow {
      throw NoCounterpart(reason: "clients without a country have a rule of their own")
    }
    var sections: [Kind: [ImportedRule]] = [:]
    let found = denials.map { Kind($0) }
    let isOrdered = answers.count == 1 || zip(found, found.dropFirst()).allSatisfy { $0 <= $1 }
    for (rule, kind) in zip(denials, found) {
      // One answer for each kind.
      let isFitting =
        isOrdered
        && (sections[kind]?.allSatisfy { $0.verdict.answer == rule.verdict.answer } ?? true)
      sections[isFitting ? kind : .rules, default: []].append(rule)
    }
    let common = allowed?.verdict.answer ?? denials.last?.verdict.answer ?? .status(403)

    var lines = heading
    lines.append("maxmind:")
    if !rules.fields.isEmpty, !databases.isEmpty {
      lines.append(
        "  database: "
          + (databases.count == 1
            ? scalar(databases[0]) : "[\(databases.map(scalar).joined(separator: ", "))]"))
    }
    if rules.fields.contains(.registeredCountry) {
      lines.append("  country_from: [registered_country]")
    }
    if let client {
      lines += [
        "  client:", "    trusted: [\(client.trusted.map(scalar).joined(separator: ", "))]",
        "    header: \(scalar(client.header))",
      ]
    }
    if !sections.isEmpty { lines.append("  deny:") }
    for kind in Kind.allCases where kind != .rules {
      guard let rules = sections[kind] else { continue }
      lines.append(comment(rules.map(\.verdict.place)))
      lines += values(of: rules.map { $0.holds[0] }, at: 4, in: name, isSection: true)
    }
    if let named = sections[.rules] {
      lines.append("    rules:")
      var used: Set<String> = []
      for rule in named {
        lines.append("      - name: \(scalar(ruleName(rule.verdict.place, &used)))")
        lines += conditions(of: rule, in: name)
        if rule.verdict.answer != common {
          lines.append("        response:")
          lines += response(rule.verdict.answer, at: 10)
        }
      }
    }
    if let allowed {
      lines.append("  allow:")
      lines.append(comment([allowed.verdict.place]))
      for conditions in grouped(allowed.excludes) {
        lines += values(of: conditions, at: 4, in: name, isSection: true)
      }
    }
    var kinds = sections.mapValues { $0[0].verdict.answer }
    switch rules.unknown {
    case .allow?: lines.append("  unknown: allow")
    case .deny(let answer)?:
      lines.append("  unknown: deny")
      kinds[.unknown] = answer
    case nil: break
    }
    lines += responses(common, kinds)
    let text = lines.filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
    let file = NginxImport.File(
      name: "\(name).yaml", text: text, summary: "for \(hostNames.joined(separator: ", "))")
    let places = Self.places(of: servers)
    return [file]
      + lists.map {
        NginxImport.File(
          name: $0.name, text: "# From \(places)\n\($0.text)", summary: "a list of \(file.name)")
      }
  }

  private func comment(_ places: [NginxDirective.Place]) -> String {
    var texts: [String] = []
    for place in places where !texts.contains("\(place)") { texts.append("\(place)") }
    return printable("    # \(texts.joined(separator: ", "))")
  }

  // MARK: - Names

  private var hostNames: [String] {
    var names: [String] = []
    for server in servers {
      for name in server.block.filter({ $0.name == "server_name" }).flatMap(\.arguments)
      where !names.contains(name) && !["_", ""].contains(name) {
        names.append(name)
      }
    }
    return names.isEmpty ? ["default"] : names
  }

  private func unusedName(_ host: String, _ names: inout Set<String>) -> String {
    let text = String(
      host.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) ? $0 : "_" })
    let name = text.drop { $0 == "." || $0 == "_" }
    return unused(name.isEmpty ? "default" : String(name), "-", &names)
  }

  private func ruleName(_ place: NginxDirective.Place, _ used: inout Set<String>) -> String {
    let file = place.file.split(separator: "/").last ?? ""
    return unused("\(file.suffix(48)):\(place.line)", " ", &used)
  }

  private func unused(_ name: String, _ separator: String, _ names: inout Set<String>) -> String {
    var candidate = name
    var number = 2
    while !names.insert(candidate).inserted {
      candidate = "\(name)\(separator)\(number)"
      number += 1
    }
    return candidate
  }

  private static func places(of servers: [NginxDirective]) -> String {
    servers.map { "\($0.place)" }.joined(separator: ", ")
  }

  private var heading: [String] {
    let hosts = hostNames.joined(separator: ", ")
    return [
      "# From \(Self.places(of: servers)), server \(hosts).",
      "# For the lines of remap.config for this server.",
    ].map(printable)
  }

  // MARK: - Values

  private mutating func conditions(of rule: ImportedRule, in name: String) -> [String] {
    var lines = grouped(rule.holds).flatMap {
      values(of: $0, at: 8, in: name, isSection: false)
    }
    if rule.holds.isEmpty, rule.excludes.isEmpty {
      lines.append("        ip: [0.0.0.0/0, '::/0']")
    }
    if !rule.excludes.isEmpty {
      lines.append("        not:")
      lines += grouped(rule.excludes).flatMap {
        values(of: $0, at: 10, in: name, isSection: false)
      }
    }
    return lines
  }

  private func grouped(
    _ conditions: [ImportedRule.Condition]
  ) -> [[ImportedRule.Condition]] {
    var groups: [[ImportedRule.Condition]] = []
    for condition in conditions {
      if let index = groups.firstIndex(where: { $0[0].key == condition.key }) {
        groups[index].append(condition)
      } else {
        groups.append([condition])
      }
    }
    return groups
  }

  /// The lines of conditions of one kind.
  private mutating func values(
    of conditions: [ImportedRule.Condition], at column: Int, in name: String, isSection: Bool
  ) -> [String] {
    let indentation = String(repeating: " ", count: column)
    var values: [String] = []
    var files: [String] = []
    for condition in conditions {
      switch condition {
      case .addresses(let addresses):
        if addresses.exceptions.isEmpty, addresses.listed.count <= Self.mostInline {
          values += addresses.listed.map { scalar($0.description) }
        } else {
          files.append(addList(addresses, of: name))
        }
      case .asn(let texts), .continent(let texts), .country(let texts), .host(let texts),
        .method(let texts):
        values += texts.map(scalar)
      case .regex(let patterns):
        values += patterns.map { isSection ? "['*', \(singleQuoted($0))]" : singleQuoted($0) }
      }
    }
    var lines: [String] = []
    if case .regex = conditions[0] {
      lines = ["\(indentation)regex:"] + values.map { "\(indentation)  - \($0)" }
    } else if !values.isEmpty {
      lines = ["\(indentation)\(conditions[0].key): [\(values.joined(separator: ", "))]"]
    }
    if !files.isEmpty { lines.append("\(indentation)ip_file: [\(files.joined(separator: ", "))]") }
    return lines
  }

  /// The entry of `ip_file` for a list.
  private mutating func addList(_ addresses: ImportedRule.ListedAddresses, of name: String)
    -> String
  {
    var text = ""
    let hasExceptions = !addresses.exceptions.isEmpty
    for range in addresses.listed { text += hasExceptions ? "\(range) 1;\n" : "\(range)\n" }
    for range in addresses.exceptions { text += "\(range) 0;\n" }
    var file = "\(name)-\(addresses.name).txt"
    var number = 2
    while let list = lists.first(where: { $0.name == file }), list.text != text {
      file = "\(name)-\(addresses.name)-\(number).txt"
      number += 1
    }
    if !lists.contains(where: { $0.name == file }) { lists.append((file, text)) }
    return hasExceptions ? "{file: \(scalar(file)), value: 1}" : scalar(file)
  }

  // MARK: - Responses

  private func responses(
    _ common: NginxAnswer, _ kinds: [Kind: NginxAnswer]
  ) -> [String] {
    var lines = response(common, at: 4)
    // A named rule has its own response.
    for kind in Kind.allCases where kind != .rules {
      guard let answer = kinds[kind], answer != common else { continue }
      lines.append("    \(kind.rawValue):")
      let own = response(answer, at: 6)
      lines += own.isEmpty ? ["      status: 403"] : own
    }
    return lines.isEmpty ? [] : ["  response:"] + lines
  }

  private func response(_ answer: NginxAnswer, at column: Int) -> [String] {
    let indentation = String(repeating: " ", count: column)
    switch answer {
    case .close: return ["\(indentation)close: true"]
    case .status(403) where column == 4: return []
    case .status(let status): return ["\(indentation)status: \(status)"]
    case .redirect(let target, let status):
      return ["\(indentation)redirect: \(singleQuoted(target))", "\(indentation)status: \(status)"]
    }
  }
}

/// A text as YAML: in quotes if it needs them.
private func scalar(_ text: String) -> String {
  let isPlain =
    !text.isEmpty
    && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
    && text.first != "-"
  return isPlain ? text : singleQuoted(text)
}
