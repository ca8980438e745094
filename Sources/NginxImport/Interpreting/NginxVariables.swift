import Addresses

/// A text with variables: `$a:$b`.
struct Template: Hashable {
  enum Part: Hashable {
    case text(String)
    case variable(String)
  }

  var parts: [Part] = []

  /// Source: nginx, `ngx_http_script_compile`.
  init(_ text: String) {
    var literal = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      var after = rest
      let hasBrace = character == "$" && after.first == "{"
      if hasBrace { after.removeFirst() }
      let name = after.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
      guard character == "$", !name.isEmpty, !hasBrace || after.dropFirst(name.count).first == "}"
      else {
        literal.append(character)
        continue
      }
      if !literal.isEmpty { parts.append(.text(literal)) }
      literal = ""
      parts.append(.variable(String(name)))
      rest = after.dropFirst(name.count + (hasBrace ? 1 : 0))
    }
    if !literal.isEmpty { parts.append(.text(literal)) }
  }

  /// The name of the variable if the text is one variable alone.
  var variable: String? {
    guard parts.count == 1, case .variable(let name) = parts[0] else { return nil }
    return name
  }
}

/// The table of a `map`.
struct NginxMap {
  var source: Template
  /// The texts, in lower case, with their values. nginx compares without regard to case.
  var texts: [String: Template] = [:]
  /// The patterns in the order of the file, with `~` or `~*`.
  var patterns: [(pattern: NginxPattern, value: Template)] = []
  var byDefault = Template("")
}

/// The variables of a configuration.
struct NginxVariables {
  enum Definition {
    /// A field of the client's record. `byDefault` stands for an absent field.
    case field(Input, byDefault: String)
    case geo
    case map(NginxMap)
    /// `set` assigns it.
    case assigned
  }

  /// Stands for every text that the configuration does not name.
  static let otherText = "\u{1}"

  var definitions: [String: Definition] = [:]
  var tables: [Input: AddressValues] = [:]

  /// The inputs that a text depends on. Nil: it has a variable whose value is unknown.
  func inputs(of template: Template, depth: Int = 0) -> Set<Input>? {
    // nginx refuses maps that depend on each other.
    if depth > 32 { return nil }
    var inputs: Set<Input> = []
    for case .variable(let name) in template.parts {
      switch definitions[name] {
      case .field(let input, _): inputs.insert(input)
      case .geo: inputs.insert(.geo(name))
      case .assigned: break
      case .map(let map):
        if let paths = map.pathInputs {
          inputs.formUnion(paths)
        } else {
          guard let source = self.inputs(of: map.source, depth: depth + 1) else { return nil }
          inputs.formUnion(source)
        }
        let values = map.texts.values + map.patterns.map(\.value)
        for value in values + [map.byDefault] {
          guard let parts = self.inputs(of: value, depth: depth + 1) else { return nil }
          inputs.formUnion(parts)
        }
      case nil:
        guard let input = Self.builtIn[name] else { return nil }
        inputs.insert(input)
      }
    }
    return inputs
  }

  private static let builtIn: [String: Input] = ["host": .host, "request_method": .method]

  /// Whether a variable is the normalised path.
  static func isPath(_ name: String?) -> Bool { name == "uri" || name == "document_uri" }

  /// The text for a class of requests. Nil: it has a variable whose value is unknown.
  func text(
    of template: Template, for request: RequestClass, _ assigned: [String: String?]
  ) -> String? {
    var text = ""
    for part in template.parts {
      switch part {
      case .text(let literal): text += literal
      case .variable(let name):
        guard let value = value(of: name, for: request, assigned) else { return nil }
        text += value
      }
    }
    return text
  }

  private func value(
    of name: String, for request: RequestClass, _ assigned: [String: String?]
  ) -> String? {
    if let value = assigned[name] { return value }
    let input: Input
    var byDefault = ""
    switch definitions[name] {
    case .assigned: return ""
    case .map(let map):
      if map.pathInputs != nil {
        return text(of: map.value(forPathOf: request), for: request, assigned)
      }
      guard let source = text(of: map.source, for: request, assigned) else { return nil }
      return text(of: map.value(for: source), for: request, assigned)
    case .field(let field, let text): (input, byDefault) = (field, text)
    case .geo: input = .geo(name)
    case nil:
      guard let found = Self.builtIn[name] else { return nil }
      input = found
    }
    switch request[input] {
    case .value(let text)?: return text
    case .some(.none): return byDefault
    case .other?: return Self.otherText
    case nil: return nil
    }
  }
}

extension NginxMap {
  func value(for text: String) -> Template {
    texts[text.lowercased()] ?? patterns.first { $0.pattern.matches(text) }?.value ?? byDefault
  }

  /// The inputs of a map of paths; nil: its source is another variable.
  var pathInputs: [Input]? {
    guard NginxVariables.isPath(source.variable) else { return nil }
    return texts.keys.sorted().map { Self.input(path: $0) }
      + patterns.compactMap { $0.pattern.onPaths.map(Input.path) }
  }

  private static func input(path: String) -> Input {
    .path("^[^/]+\(escapedPattern(path))$")
  }

  func value(forPathOf request: RequestClass) -> Template {
    for (path, value) in texts where request[Self.input(path: path)] == .value("true") {
      return value
    }
    for (pattern, value) in patterns {
      if let path = pattern.onPaths, request[.path(path)] == .value("true") { return value }
    }
    return byDefault
  }
}
