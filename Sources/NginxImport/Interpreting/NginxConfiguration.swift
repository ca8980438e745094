import Addresses

/// An nginx configuration as far as it decides who gets through.
struct NginxConfiguration {
  /// The client behind trusted proxies.
  struct RealIP {
    var trusted: [String] = []
    var header = "X-Real-IP"
    var isRecursive = false
    /// The directive that names the proxies or the header field.
    var place: NginxDirective.Place?
  }

  var variables = NginxVariables()
  /// The file of `geoip2` for each field of the records.
  private(set) var databases: [Input: String] = [:]
  var http: [NginxDirective] = []
  var servers: [NginxDirective] = []
  var notes = NginxNotes()

  init(_ directives: [NginxDirective]) {
    // The file may be a part that another one includes into http.
    http = directives.filter { $0.name == "http" }.flatMap(\.block)
    if http.isEmpty { http = directives }
    servers = http.filter { $0.name == "server" }
    for directive in http {
      switch directive.name {
      case "geoip2": readGeoIP2(directive)
      case "geoip_country": readGeoIPCountry(directive)
      case "geo": readGeo(directive)
      case "map": readMap(directive)
      default: break
      }
    }
    readAssigned(in: servers)
  }

  private mutating func readAssigned(in directives: [NginxDirective]) {
    for directive in directives {
      if directive.name == "set", let name = directive.arguments.first?.variableName {
        variables.definitions[name] = .assigned
      }
      readAssigned(in: directive.block)
    }
  }

  // MARK: - Databases

  private mutating func readGeoIP2(_ directive: NginxDirective) {
    guard let file = directive.arguments.first else { return }
    for field in directive.block {
      guard let name = field.name.variableName else { continue }
      var byDefault = ""
      var path: [String] = []
      var source = "$remote_addr"
      for word in field.arguments {
        if word.hasPrefix("default=") {
          byDefault = String(word.dropFirst("default=".count))
        } else if word.hasPrefix("source=") {
          source = String(word.dropFirst("source=".count))
        } else {
          path.append(word)
        }
      }
      // Another variable is unknown, and a note is written where a rule reads it.
      guard source == "$remote_addr", let input = Self.fields[path],
        databases[input] == nil || databases[input] == file
      else { continue }
      databases[input] = file
      variables.definitions[name] = .field(input, byDefault: byDefault)
    }
  }

  /// The files that have the fields, each once.
  func databases(for fields: Set<Input>) -> [String] {
    var files: [String] = []
    for field in [Input.country, .registeredCountry, .continent, .asn] where fields.contains(field)
    {
      if let file = databases[field], !files.contains(file) { files.append(file) }
    }
    return files
  }

  private static let fields: [[String]: Input] = [
    ["country", "iso_code"]: .country, ["registered_country", "iso_code"]: .registeredCountry,
    ["continent", "code"]: .continent, ["autonomous_system_number"]: .asn,
  ]

  private mutating func readGeoIPCountry(_ directive: NginxDirective) {
    notes.add(
      directive, "a database of this format cannot be read; name a MaxMind DB file with --database")
    variables.definitions["geoip_country_code"] = .field(.country, byDefault: "")
  }

  // MARK: - geo and map

  private mutating func readGeo(_ directive: NginxDirective) {
    guard let name = directive.arguments.last?.variableName else { return }
    if directive.arguments.count > 1, directive.arguments[0] != "$remote_addr" { return }
    var table = AddressValues(byDefault: "")
    for entry in directive.block {
      let value = entry.arguments.first ?? ""
      switch entry.name {
      case "default": table.byDefault = value
      case "ranges": break
      case "delete":
        if let range = try? AddressRange.parse(value).range {
          table.entries.removeAll { $0.range == range }
        }
      case "proxy", "proxy_recursive":
        notes.add(entry, "write client: with trusted: and header: X-Forwarded-For")
      default:
        guard let range = try? AddressRange.parse(entry.name).range else {
          notes.add(entry, "is not an address, a prefix or a range")
          return
        }
        table.entries.append(.init(range: range, value: value))
      }
    }
    table.removeHidden(firstMatchDecides: false)
    variables.definitions[name] = .geo
    variables.tables[.geo(name)] = table
  }

  private mutating func readMap(_ directive: NginxDirective) {
    guard directive.arguments.count == 2, let name = directive.arguments[1].variableName else {
      return
    }
    var map = NginxMap(source: Template(directive.arguments[0]))
    let hasHostNames = directive.block.contains { $0.name == "hostnames" }
    for entry in directive.block {
      if entry.name == "hostnames" || entry.name == "volatile" { continue }
      let value = Template(entry.arguments.first ?? "")
      let key = entry.name.hasPrefix("\\") ? String(entry.name.dropFirst()) : entry.name
      if entry.name == "default" {
        map.byDefault = value
      } else if entry.name.hasPrefix("~") {
        let ignoresCase = entry.name.hasPrefix("~*")
        let source = String(entry.name.dropFirst(ignoresCase ? 2 : 1))
        guard let pattern = NginxPattern(source, ignoresCase: ignoresCase),
          !NginxVariables.isPath(map.source.variable) || pattern.onPaths != nil
        else {
          notes.add(entry, "the pattern cannot be read")
          return
        }
        map.patterns.append((pattern, value))
      } else if hasHostNames, key.hasPrefix("*.") || key.hasPrefix(".") || key.hasSuffix(".*") {
        notes.add(entry, "write a rule with host:")
        return
      } else if map.texts[key.lowercased()] == nil {
        map.texts[key.lowercased()] = value
      }
    }
    variables.definitions[name] = .map(map)
  }

  // MARK: - The client

  /// The proxies of a server, with those of `http` if it has none.
  func realIP(of server: NginxDirective) -> RealIP {
    var realIP = RealIP()
    for level in [http, server.block] {
      let proxies = level.filter { $0.name == "set_real_ip_from" }
      if !proxies.isEmpty {
        realIP.trusted = proxies.compactMap(\.arguments.first).filter { $0 != "unix:" }
        realIP.place = proxies[0].place
      }
      for directive in level {
        switch directive.name {
        case "real_ip_header":
          realIP.header = directive.arguments.first ?? realIP.header
          realIP.place = directive.place
        case "real_ip_recursive": realIP.isRecursive = directive.arguments.first == "on"
        default: break
        }
      }
    }
    return realIP
  }
}

/// Parts of a configuration that are not imported.
struct NginxNotes {
  private(set) var all: [NginxImport.Note] = []

  mutating func add(_ directive: NginxDirective, _ reason: String) {
    let note = NginxImport.Note(place: directive.place, text: directive.text, reason: reason)
    if !all.contains(note) { all.append(note) }
  }
}

extension String {
  /// The name of a variable without its `$`; nil: the text is not a variable alone.
  var variableName: String? { Template(self).variable }
}
