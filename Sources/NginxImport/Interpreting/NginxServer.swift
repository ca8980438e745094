import Addresses

/// A part of a server with its own rules: one location, or the paths outside of all locations.
struct NginxSection {
  /// Nil: outside of all locations.
  var location: NginxLocation?
  /// The directives of the server, then those of the location, as the rewrite phase runs them.
  var rewrites: [[NginxDirective]]
  /// Whether it is the server as a whole, before a location is found.
  var isServer = false
  /// The `allow` and `deny` directives that hold.
  var access: [NginxDirective] = []
  /// The methods that `limit_except` does not limit, and its `allow` and `deny`.
  var limit: (methods: Set<String>, access: [NginxDirective])?
}

extension NginxConfiguration {
  /// The sections of a server: the first is outside of all locations.
  mutating func sections(of server: NginxDirective) -> [NginxSection] {
    var outer = NginxSection(rewrites: [server.block])
    inherit(http, &outer)
    inherit(server.block, &outer)
    var sections = [outer]
    addLocations(of: server, outer, &sections)
    return sections
  }

  private mutating func addLocations(
    of parent: NginxDirective, _ outer: NginxSection, _ sections: inout [NginxSection]
  ) {
    for directive in parent.block where directive.name == "location" {
      let isNested = parent.name == "location"
      guard let location = NginxLocation(directive, order: sections.count) else {
        // A named location gets no request from a client.
        if directive.arguments.first?.hasPrefix("@") != true {
          notes.add(directive, "the location cannot be read; its rules are not imported")
        }
        continue
      }
      if isNested, case .pattern = location.kind {
        notes.add(directive, "a pattern inside of a location; its rules are not imported")
        continue
      }
      var section = outer
      section.location = location
      section.rewrites = [outer.rewrites[0], directive.block]
      inherit(directive.block, &section)
      sections.append(section)
      addLocations(of: directive, section, &sections)
    }
  }

  private mutating func inherit(_ directives: [NginxDirective], _ section: inout NginxSection) {
    let access = directives.filter(\.isAccess)
    if !access.isEmpty { section.access = access }
    for directive in directives {
      if directive.name == "limit_except" {
        var methods = Set(directive.arguments)
        if methods.contains("GET") { methods.insert("HEAD") }
        let access = directive.block.filter(\.isAccess)
        section.limit = (methods, access.isEmpty ? section.access : access)
      } else if let reason = Self.unsupported[directive.name] {
        notes.add(directive, reason)
      } else if directive.name == "error_page", let code = directive.arguments.first,
        ["403", "444"].contains(code)
      {
        notes.add(directive, "write response: for the answer to denied clients")
      }
    }
  }

  /// Directives that decide who gets through, without a counterpart.
  private static let unsupported = [
    "satisfy": "passwords have no counterpart", "auth_basic": "passwords have no counterpart",
    "auth_request": "requests to another server have no counterpart",
    "auth_jwt": "tokens have no counterpart", "limit_req": "rates have no counterpart",
    "limit_conn": "connections are not counted", "valid_referers": "the Referer has no counterpart",
    "secure_link": "signed links have no counterpart",
    "modsecurity": "use ModSecurity's own plugin",
    "access_by_lua_block": "Lua has no counterpart", "access_by_lua_file": "Lua has no counterpart",
    "access_by_lua": "Lua has no counterpart", "rewrite_by_lua_block": "Lua has no counterpart",
    "rewrite_by_lua_file": "Lua has no counterpart", "js_access": "JavaScript has no counterpart",
    "internal": "deny the paths by a rule with regex:",
  ]
}

extension NginxDirective {
  /// Whether it is `allow` or `deny` of a network.
  fileprivate var isAccess: Bool {
    (name == "allow" || name == "deny") && arguments.first != "unix:"
  }

  /// The condition, the directives and those inside of them.
  fileprivate func forEach(_ body: (NginxDirective) -> Void) {
    body(self)
    for directive in block { directive.forEach(body) }
  }
}

// MARK: - Running

/// Runs the rules of a section for classes of requests.
struct NginxRun {
  let section: NginxSection
  var configuration: NginxConfiguration
  /// The inputs of the section.
  private(set) var inputs: Set<Input> = []
  private var access: Input?
  private var limitedAccess: Input?

  init(_ section: NginxSection, in configuration: NginxConfiguration) {
    self.section = section
    self.configuration = configuration
    access = addAccess(section.access)
    if let limit = section.limit {
      limitedAccess = addAccess(limit.access)
      inputs.insert(.method)
    }
    for directives in section.rewrites {
      for directive in directives where directive.name == "if" || directive.name == "set" {
        directive.forEach { addInputs(of: $0) }
      }
    }
  }

  private mutating func addAccess(_ directives: [NginxDirective]) -> Input? {
    if directives.isEmpty { return nil }
    var table = AddressValues(byDefault: "allow")
    for directive in directives {
      let text = directive.arguments.first ?? ""
      if text == "all" {
        table.byDefault = directive.name
        break
      }
      guard let range = try? AddressRange.parse(text).range else {
        configuration.notes.add(directive, "is not an address or a prefix")
        continue
      }
      table.entries.append(.init(range: range, value: directive.name))
    }
    table.removeHidden(firstMatchDecides: true)
    let tables = configuration.variables.tables
    // Sections that inherit a list share its table.
    let same = tables.first { if case .access = $0.key { $0.value == table } else { false } }
    let input = same?.key ?? .access(tables.count)
    configuration.variables.tables[input] = table
    inputs.insert(input)
    return input
  }

  private mutating func addInputs(of directive: NginxDirective) {
    let templates: [String]
    switch directive.name {
    case "if":
      if let path = directive.pathCondition {
        if let pattern = path.onPaths { inputs.insert(.path(pattern)) }
        return
      }
      templates = Array(directive.arguments.prefix(1))
    case "set": templates = Array(directive.arguments.dropFirst())
    default: return
    }
    for template in templates {
      inputs.formUnion(configuration.variables.inputs(of: Template(template)) ?? [])
    }
  }

  // MARK: The rewrite phase

  private enum Flow {
    case goesOn, ends
    case answers(Verdict?)
  }

  /// What nginx does with a class of requests, as a leaf. Notes directives that have no counterpart.
  mutating func verdict(for request: RequestClass) -> VerdictTree {
    var assigned: [String: String?] = [:]
    for (level, directives) in section.rewrites.enumerated() {
      let isWhole = level == 0 || section.location?.pattern == nil
      let flow = run(directives, request, &assigned, isConditional: !isWhole)
      if case .answers(let verdict) = flow {
        return level == 0 && !section.isServer && verdict != nil ? .settled : .leaf(verdict)
      }
    }
    var list = access
    if let limit = section.limit, !limit.methods.contains(request.text(of: .method)) {
      list = limitedAccess
    }
    guard let list, request[list] == .value("deny") else { return .leaf(nil) }
    let directives = list == access ? section.access : section.limit?.access ?? []
    let place = directives.last { $0.name == "deny" }?.place ?? directives[0].place
    return .leaf(Verdict(answer: .status(403), place: place))
  }

  private mutating func run(
    _ directives: [NginxDirective], _ request: RequestClass, _ assigned: inout [String: String?],
    isConditional: Bool
  ) -> Flow {
    for directive in directives {
      switch directive.name {
      case "break": return .ends
      case "return": return .answers(answer(of: directive, isConditional, request, assigned))
      case "set":
        guard let name = directive.arguments.first?.variableName, directive.arguments.count == 2
        else { continue }
        assigned[name] = .some(
          configuration.variables.text(
            of: Template(directive.arguments[1]), for: request, assigned))
      case "if":
        guard let holds = holds(directive, request, assigned) else { continue }
        if !holds { continue }
        switch run(directive.block, request, &assigned, isConditional: true) {
        case .goesOn: continue
        case .ends: return .ends
        case .answers(let verdict): return .answers(verdict)
        }
      case "rewrite":
        configuration.notes.add(directive, "the rules of the path as sent are imported")
      default: continue
      }
    }
    return .goesOn
  }

  /// Whether a condition holds. Nil: it has no counterpart.
  private mutating func holds(
    _ directive: NginxDirective, _ request: RequestClass, _ assigned: [String: String?]
  ) -> Bool? {
    if let path = directive.pathCondition {
      if let pattern = path.onPaths {
        return (request[.path(pattern)] == .value("true")) == path.isWanted
      }
      configuration.notes.add(directive, "the pattern cannot be read")
      return nil
    }
    let words = directive.arguments
    guard let first = words.first, first.hasPrefix("$"),
      let text = configuration.variables.text(of: Template(first), for: request, assigned)
    else {
      configuration.notes.add(directive, "the condition has no counterpart")
      return nil
    }
    if words.count == 1 { return !text.isEmpty && text != "0" }
    guard words.count == 3 else { return nil }
    switch words[1] {
    case "=": return text == words[2]
    case "!=": return text != words[2]
    case "~", "~*", "!~", "!~*":
      guard let pattern = NginxPattern(words[2], ignoresCase: words[1].hasSuffix("*")) else {
        configuration.notes.add(directive, "the pattern cannot be read")
        return nil
      }
      return pattern.matches(text) != words[1].hasPrefix("!")
    default: return nil
    }
  }

  /// The answer of a `return`.
  private mutating func answer(
    of directive: NginxDirective, _ isConditional: Bool, _ request: RequestClass,
    _ assigned: [String: String?]
  ) -> Verdict? {
    let words = directive.arguments
    var status = words.first.flatMap { Int($0) }
    var text = words.dropFirst().first
    if status == nil { (status, text) = (302, words.first) }
    switch status {
    case 444?: return Verdict(answer: .close, place: directive.place)
    case let status? where (400...599).contains(status):
      if text != nil {
        configuration.notes.add(directive, "the text is not imported; write response:")
      }
      return Verdict(answer: .status(status), place: directive.place)
    case let status? where [301, 302, 303, 307, 308].contains(status) && isConditional:
      if let target = text.flatMap({ Self.redirect(Template($0)) }) {
        return Verdict(answer: .redirect(target, status: status), place: directive.place)
      }
      configuration.notes.add(directive, "the target has no counterpart; the request passes")
      return nil
    default:
      configuration.notes.add(directive, "nginx answers by itself; the request passes")
      return nil
    }
  }

  /// The target of a redirect with our placeholders; nil: it has another variable.
  private static func redirect(_ template: Template) -> String? {
    var target = ""
    for part in template.parts {
      switch part {
      case .text(let text):
        target += text.replacing("{", with: "%7B").replacing("}", with: "%7D")
      case .variable("host"): target += "{host}"
      case .variable("scheme"): target += "{scheme}"
      case .variable: return nil
      }
    }
    return target.hasPrefix("/") || target.contains("://") ? target : nil
  }
}

extension NginxDirective {
  /// The pattern of `if ($uri ~ …)`, and whether it has to match. Nil: another condition.
  fileprivate var pathCondition: (onPaths: String?, isWanted: Bool)? {
    guard name == "if", arguments.count == 3,
      NginxVariables.isPath(arguments[0].variableName)
    else { return nil }
    let word = arguments[1]
    let isWanted = !word.hasPrefix("!")
    switch word {
    case "=", "!=": return ("^[^/]+\(escapedPattern(arguments[2]))$", isWanted)
    case "~", "~*", "!~", "!~*":
      return (
        NginxPattern(arguments[2], ignoresCase: word.hasSuffix("*"))?.onPaths, isWanted
      )
    default: return (nil, isWanted)
    }
  }
}

extension RequestClass {
  fileprivate func text(of input: Input) -> String {
    if case .value(let text) = self[input] { text } else { NginxVariables.otherText }
  }
}
