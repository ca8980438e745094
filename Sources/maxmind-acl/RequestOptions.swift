import ArgumentParser
import Foundation
import GeoDatabase
import MaxMindACL
import Remap

/// What explain and replay share: the rules, and the header fields of the requests.
struct RequestOptions: ParsableArguments {
  @Option(help: "The configuration.")
  var config: String?

  @Option(help: "The remap.config whose lines name the configurations; in place of --config.")
  var remap: String?

  @Option(
    help: "The directory that names in the configuration or remap.config are relative to.")
  var directory: String?

  @Option(
    name: .customLong("header"),
    help: "A header field of the request, as 'Name: value'. May be repeated.")
  var headerFields: [String] = []

  func validate() throws {
    guard (config == nil) != (remap == nil) else {
      throw ValidationError("one of --config and --remap says where the rules are")
    }
    _ = try headers()
  }

  /// The header fields as name and value.
  func headers() throws -> [(name: String, value: String)] {
    try headerFields.map { field in
      guard let colon = field.firstIndex(of: ":"), colon > field.startIndex else {
        throw ValidationError("--header: '\(field)' is not of the form 'Name: value'")
      }
      // White space around a value is no part of it (RFC 9110 §5.5).
      let value = field[field.index(after: colon)...].trimmingCharacters(
        in: .init(charactersIn: " \t"))
      return (name: String(field[..<colon]), value: value)
    }
  }

  /// The rules. What keeps them from loading goes to standard error; warnings are the business of check.
  func rules() throws -> RuleSet {
    do throws(LoadFailure) {
      if let remap { return try RuleSet.load(remap: remap, directory: directory) }
      return try RuleSet.load(configuration: config ?? "", directory: directory)
    } catch {
      standardError.write(error.description + "\n")
      throw ExitCode(1)
    }
  }

  /// The one policy of --config.
  func policy() throws -> Policy {
    guard remap == nil, let policy = try rules().policies.first else {
      throw ValidationError("--remap: one configuration is wanted here, by --config")
    }
    return policy
  }
}

/// A client as people write it: an address, or `-` for a request without one. Nil if it is neither.
func client(_ text: some StringProtocol) -> Address?? {
  if text == "-" { return .some(nil) }
  guard let address = Address(String(text)) else { return nil }
  return .some(address)
}
