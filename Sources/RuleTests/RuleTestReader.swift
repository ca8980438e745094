import Files
import MaxMindACL
import Remap

/// The most requests of the tests of one file.
private let maximumCases = 1_000_000
private let maximumFileSize = 32 << 20

extension RuleTestFile {
  /// Reads a file of rule tests. Throws all mistakes in it.
  package static func read(_ path: String) throws(LoadFailure) -> RuleTestFile {
    let text: [UInt8]
    do throws(FileError) {
      text = try FileContents.read(path: path, limit: maximumFileSize).bytes
    } catch {
      throw LoadFailure(diagnostics: [
        Diagnostic(
          severity: .error, id: .fileUnreadable, message: "cannot be read: \(error.message)",
          file: path)
      ])
    }
    return try read(text, file: path)
  }

  /// Reads the text of a file of rule tests. Throws all mistakes in it.
  package static func read(_ text: [UInt8], file: String) throws(LoadFailure) -> RuleTestFile {
    var reader = RuleTestReader(document: try YAMLDocument.parse(text, file: file))
    let tests = reader.read()
    guard let tests, !reader.found.hasErrors else {
      throw LoadFailure(diagnostics: reader.found.diagnostics.inOrderOfFile.limited)
    }
    return tests
  }
}

/// Reads a YAML document as a file of rule tests.
struct RuleTestReader: YAMLReader {
  let document: YAMLDocument
  var found = DiagnosticList()
  /// Whether the rules are a remap.config.
  var isRemap = false
  private var lines: [String: Int] = [:]
  private var caseCount = 0

  init(document: YAMLDocument) {
    self.document = document
  }

  private static let fileKeys = ["config", "remap", "directory", "database", "tests"]
  private static let testKeys = ["name", "request", "expect"]
  private static let requestKeys = ["client", "url", "headers", "method", "time"]

  /// The file. Nil: errors were reported.
  mutating func read() -> RuleTestFile? {
    guard let root = document.root, !document[root].isNull else {
      let message = "the file is empty; it needs config: or remap:, and tests:"
      error(.emptyDocument, message, at: document.root)
      return nil
    }
    let keys = keys(of: root, in: "the file", known: Self.fileKeys) {
      switch $0 {
      case "maxmind": "this is a configuration: a file of tests names it with config:"
      case "name", "request", "expect": "it stands in an entry of tests:"
      default: nil
      }
    }
    guard let keys else { return nil }
    let rules = rules(keys, at: root)
    let directory = keys["directory"].flatMap { fileName($0, "directory") }
    let databases = keys["database"].map { fileNames($0, "database") } ?? []
    guard let entry = keys["tests"] else {
      error(.missingKey, "the file needs tests:, the list of its tests", at: root)
      return nil
    }
    let tests = list(entry, "tests", "tests: followed by lines that begin with \"- name:\"")
      .compactMap { test($0) }
    guard let rules else { return nil }
    return RuleTestFile(
      file: document.file, rules: rules, directory: directory, databases: databases, tests: tests)
  }

  private mutating func rules(_ keys: Keys, at root: NodeID) -> RuleTestFile.Rules? {
    isRemap = keys["remap"] != nil
    switch (keys["config"], keys["remap"]) {
    case (let config?, nil):
      guard let name = fileName(config, "config") else { return nil }
      if !name.value.hasSuffix(".config") { return .configuration(name) }
      error(
        .wrongType,
        "config: \(name.value) is not YAML by its name; did you mean remap: \(name.value)?",
        at: name.range)
    case (nil, let remap?):
      guard let name = fileName(remap, "remap") else { return nil }
      if !RuleSet.isConfiguration(name.value) { return .remap(name) }
      let hint =
        name.value.split(separator: "/").last == "remap.yaml"
        ? ", and a remap.yaml is not read yet" : "; did you mean config: \(name.value)?"
      error(.wrongType, "remap: \(name.value) is YAML by its name" + hint, at: name.range)
    case (_?, let remap?):
      error(
        .conflictingKeys, "config: and remap: both name the rules; keep one of them",
        at: remap.key)
    case (nil, nil):
      error(.missingKey, "the file needs config: or remap:, the name of the rules", at: root)
    }
    return nil
  }

  private mutating func test(_ id: NodeID) -> RuleTest? {
    let hint = { (name: String) -> String? in
      if Self.requestKeys.contains(name) { return "it stands under request:" }
      return Self.expectKeys.contains(name) ? "it stands under expect:" : nil
    }
    guard let keys = keys(of: id, in: "a test", known: Self.testKeys, hint: hint) else {
      return nil
    }
    let name = keys["name"].flatMap { text($0.value, "name", "a sentence about the rules") }
    if keys["name"] == nil {
      error(.missingKey, "the test needs name:, a sentence about the rules", at: id)
    }
    if let name {
      if let line = lines[name.value] {
        error(
          .duplicateTest, "name: the test on line \(line) has this name already", at: name.range)
      } else {
        lines[name.value] = name.range.start.line
      }
    }
    if keys["request"] == nil {
      error(.missingKey, "the test needs request: with client: and url:", at: id)
    }
    if keys["expect"] == nil {
      error(.missingKey, "the test needs expect:, the outcome of the request", at: id)
    }
    let request = keys["request"].flatMap { readRequest($0) }
    let expectation = keys["expect"].flatMap { readExpectation($0) }
    guard let name, let request, let expectation else { return nil }
    let test = RuleTest(
      name: name, clients: request.clients, urls: request.urls, headers: request.headers,
      method: request.method, time: request.time, expectation: expectation)
    let before = caseCount
    caseCount += test.caseCount
    if caseCount > maximumCases, before <= maximumCases {
      error(
        .tooManyCases,
        "with this test the file makes more than \(maximumCases) requests, one for each client and URL",
        at: name.range)
    }
    return test
  }

  /// The items of a list. Reports a single value and an empty list.
  private mutating func list(_ entry: Entry, _ name: String, _ shape: String) -> [NodeID] {
    switch document[entry.value].content {
    case .sequence(let items) where !items.isEmpty: return items
    case .sequence:
      error(.emptyValue, "\(name): the list is empty", at: entry.key)
    default:
      if document[entry.value].isNull {
        error(.emptyValue, "\(name): has nothing under it", at: entry.key)
      } else {
        error(.expectedList, "\(name): expected a list: \(shape)", at: entry.value)
      }
    }
    return []
  }

  /// One value, or the values of a list.
  private mutating func oneOrMore(_ entry: Entry, _ name: String) -> [NodeID] {
    guard case .sequence = document[entry.value].content else { return [entry.value] }
    return list(entry, name, "")
  }
}

// The keys under `request`.
extension RuleTestReader {
  private typealias Parts = (
    clients: [RuleTest.Client], urls: [String], headers: [(name: String, value: String)],
    method: String, time: Int64?
  )

  private mutating func readRequest(_ entry: Entry) -> Parts? {
    if isNothing(entry.value) {
      let message = "request: has nothing under it; it needs a client: and a url:"
      error(.emptyValue, message, at: entry.key)
      return nil
    }
    guard let keys = keys(of: entry.value, in: "request", known: Self.requestKeys) else {
      return nil
    }
    for name in ["client", "url"] where keys[name] == nil {
      error(.missingKey, "request has no \(name):; it needs client: and url:", at: entry.key)
    }
    var parts: Parts = ([], [], [], "GET", nil)
    if let entry = keys["client"] {
      for id in oneOrMore(entry, "client") { parts.clients += clients(id) }
    }
    if let entry = keys["url"] {
      for id in oneOrMore(entry, "url") {
        if let url = url(id) { parts.urls.append(url) }
      }
    }
    if let entry = keys["headers"] { parts.headers = headers(entry) }
    if let entry = keys["method"], let method = text(entry.value, "method", "a method such as GET")
    {
      parts.method = method.value
    }
    if let entry = keys["time"] { parts.time = time(entry, "time") }
    return parts
  }

  private mutating func clients(_ id: NodeID) -> [RuleTest.Client] {
    guard let text = text(id, "client", "an address such as 192.0.2.1") else { return [] }
    if text.value == "-" { return [RuleTest.Client(address: nil)] }
    do throws(ClientTextError) {
      return try addresses(ofClient: text.value).map { RuleTest.Client(address: $0) }
    } catch {
      self.error(.badClient, "client: \(error.message)", at: id)
      return []
    }
  }

  private mutating func url(_ id: NodeID) -> String? {
    guard let text = text(id, "url", "an absolute URL such as http://a.example/x") else {
      return nil
    }
    guard isAbsoluteURL(text.value) else {
      var message = "url: \"\(text.value)\" is not an absolute URL"
      let completed = "http://" + text.value
      message +=
        isAbsoluteURL(completed) && !text.value.contains("://")
        ? "; did you mean \(completed)?" : " such as http://a.example/x"
      error(.badURL, message, at: id)
      return nil
    }
    return text.value
  }

  private mutating func headers(_ entry: Entry) -> [(name: String, value: String)] {
    if isNothing(entry.value) {
      error(
        .emptyValue, "headers: has nothing under it; it holds lines of Name: value", at: entry.key)
      return []
    }
    guard let keys = keys(of: entry.value, in: "headers", known: nil) else { return [] }
    return keys.order.compactMap { name in
      guard let field = keys[name],
        namesHeaderField(name, in: "headers", at: document[field.key].range)
      else { return nil }
      let node = document[field.value]
      // Requests can have an empty field. YAML's null is a mistake.
      if case .scalar("", isPlain: false) = node.content { return (name: name, value: "") }
      return text(field.value, "headers.\(name)", "the value of that field").map {
        (name: name, value: $0.value)
      }
    }
  }
}

private func isAbsoluteURL(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  return URLParts(absolute: bytes.indices, in: bytes.span) != nil
}
