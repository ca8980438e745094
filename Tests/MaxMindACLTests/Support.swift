import Addresses
import Foundation
import GeoDatabase
import MaxMindACL
import Testing

/// The test databases by absolute name. Tests/Fixtures/README.md has their data.
enum Fixture {
  static let country = path("loopback-country.mmdb")
  static let swapped = path("loopback-country-swapped.mmdb")
  static let anonymous = path("loopback-anonymous.mmdb")
  static let geoGuard = path("loopback-geoguard.mmdb")
  static let countryAnonymous = path("loopback-country-anonymous.mmdb")
  static let ipv4Only = path("ipv4-only-country.mmdb")
  static let lowerCase = path("lower-case-country.mmdb")
  static let mistyped = path("mistyped-records.mmdb")
  static let networks = path("no-country.mmdb")
  static let city = path("loopback-city.mmdb")
  static let flatCode = path("ipinfo-flat.mmdb")
  static let texts = path("country-texts.mmdb")
  static let unreadable = path("unreadable-country.mmdb")
  static let oneCountry = path("one-country.mmdb")
  static let rare = path("rare-countries.mmdb")

  /// A file below `Tests/Fixtures/databases`.
  static func path(_ name: String, from file: String = #filePath) -> String {
    let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    return tests.appendingPathComponent("Fixtures/databases/\(name)").path
  }
}

/// A directory for one test, removed with its owner.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "maxmind-acl-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file, over one with the same name, and returns its absolute name.
  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(Array(bytes)).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Loads a configuration as `maxmind.yaml` of this directory.
  func load(
    _ yaml: some Sequence<UInt8>, proxy: Proxy = .trafficServer
  ) throws -> Policy {
    try write(yaml, to: "maxmind.yaml")
    return try Policy.load(path: "maxmind.yaml", directory: path, proxy: proxy)
  }
}

extension Proxy {
  static let trafficServer: Proxy = {
    var proxy = Proxy()
    proxy.name = "Traffic Server"
    proxy.reservedPrefix = "@"
    proxy.logs = ["diags.log"]
    return proxy
  }()

  static let trafficServer9: Proxy = {
    var proxy = trafficServer
    proxy.hasVerifiedAddresses = false
    proxy.verifyingVersions = "versions 10.2 and later have them"
    return proxy
  }()
}

/// The policy for a configuration, in a new directory.
func policy(_ yaml: String) throws -> Policy {
  try TemporaryDirectory().load(yaml.utf8)
}

/// All errors and warnings of loading a configuration.
func diagnostics(
  _ yaml: some Sequence<UInt8>, files: [String: [UInt8]] = [:], mapHost: String? = nil
) throws -> [Diagnostic] {
  let directory = try TemporaryDirectory()
  for (name, content) in files { try directory.write(content, to: name) }
  do {
    return try directory.load(yaml).warnings(onHost: mapHost)
  } catch let failure as LoadFailure {
    #expect(failure.firstError != nil, "a load that fails has an error")
    return failure.diagnostics
  }
}

/// A URL that no pattern of these tests matches.
let anyURL = "http://a.example/page"

extension Policy {
  /// Decides on a request and returns the outcome in one line, such as `deny deny.ip 10.0.0.0/8 line 12`.
  func outcome(
    _ client: String?, _ url: String = anyURL, headers: [(name: String, value: String)] = []
  ) throws -> String {
    outcome(of: decide(try request(client, url, headers: headers)))
  }

  /// A decision in one line: verdict, reason, rule and line, or the failure.
  func outcome(of decision: Decision) -> String {
    var words = ["\(decision.verdict)", "\(decision.reason)"]
    if let failure = decision.reason.failure { words.append("\(failure)") }
    if let rule = rule(of: decision) { words.append("\(rule.text) line \(rule.line)") }
    return words.joined(separator: " ")
  }
}

/// A request with an address and an absolute URL.
func request(
  _ client: String?, _ url: String = anyURL, headers: [(name: String, value: String)] = []
) throws -> Request {
  let address = try client.map { try #require(Address($0), "\($0)") }
  return try #require(Request(client: address, url: url, headers: headers), "\(url)")
}

func code(_ text: String) throws -> PlaceCode {
  try #require(PlaceCode(text), "\(text)")
}

/// A GET request at any time.
let get = Circumstances(method: nil, now: 0)
