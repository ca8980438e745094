import Addresses
import ArgumentParser
import Foundation
import MaxMindACL
import Remap
import Text

/// The rules and the header fields for explain and replay.
struct RequestOptions: ParsableArguments {
  @OptionGroup var policy: PolicyOptions

  @Option(
    help: ArgumentHelp(
      "The remap.config whose lines name the configurations; in place of --config.",
      valueName: "remap.config"), completion: .file())
  var remap: String?

  @OptionGroup var headers: HeaderOptions

  /// Loads the rules, or prints their errors. Throws unless exactly one option names them. This is not part of the
  /// validation, because a misspelt option is only reported after that.
  func rules() throws -> RuleSet {
    guard (policy.config == nil) != (remap == nil) else {
      throw ValidationError("expected one of --config and --remap")
    }
    return try policy.rules(remap: remap)
  }
}

/// A configuration, with the settings of its load.
struct PolicyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The configuration.", valueName: "file.yaml"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: "The directory for relative names in a file of rules: Traffic Server's own.",
    completion: .directory)
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "A database in place of the configurations' own. Repeat it for several.",
      valueName: "file.mmdb"),
    completion: .file(extensions: ["mmdb"]))
  var database: [String] = []

  @OptionGroup var trafficServer: TrafficServerOption
  @OptionGroup var moment: MomentOption

  /// Loads the configuration, or prints its errors. Nil: no option names one.
  func policy() throws -> Policy? {
    config == nil ? nil : try rules(remap: nil).policies.first
  }

  /// Loads a remap.config, or the configuration if there is none, or prints the errors.
  fileprivate func rules(remap: String?) throws(ExitCode) -> RuleSet {
    try loaded(databases: database, of: "--database") { () throws(LoadFailure) in
      if let remap {
        return try RuleSet.load(
          remap: remap, directory: directory, databases: database, now: moment.now,
          for: trafficServer.version)
      }
      return try RuleSet.load(
        configuration: config ?? "", directory: directory, databases: database, now: moment.now,
        for: trafficServer.version)
    }
  }
}

struct HeaderOptions: ParsableArguments {
  @Option(
    name: .customLong("header"),
    help: ArgumentHelp(
      "A header field of the request, as 'Name: value'. May be repeated.", valueName: "field"))
  var headerFields: [String] = []

  func validate() throws {
    _ = try fields()
  }

  func fields() throws -> [(name: String, value: String)] {
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
}

/// The time for which requests are decided.
struct MomentOption: ParsableArguments {
  @Option(
    name: .customLong("now"),
    help: ArgumentHelp(
      "Decide as at this time, such as 2026-12-31T00:00:00Z. Default: the present.",
      valueName: "time"))
  private var time: Moment?

  /// In seconds since 1970; nil: the present.
  var now: Int64? { time?.seconds }
}

/// A time as people write it: `2026-12-31T00:00:00Z`, or with `+01:00` in place of the `Z`.
struct Moment: Hashable, Sendable, ExpressibleByArgument {
  /// In seconds since 1970.
  var seconds: Int64

  init?(argument: String) {
    guard let seconds = epoch(time: argument.utf8.span) else { return nil }
    self.seconds = seconds
  }
}

/// A client as people write it: an address, or `-` for a request without one. Nil: neither.
func client(_ text: some StringProtocol) -> Address?? {
  if text == "-" { return .some(nil) }
  guard let address = Address(String(text)) else { return nil }
  return .some(address)
}

/// Loads rules, or prints their errors.
///
/// - Parameters:
///   - databases: The databases of an option. Errors about them name the option.
func loaded(
  databases: [String], of option: String, _ load: () throws(LoadFailure) -> RuleSet
) throws(ExitCode) -> RuleSet {
  do throws(LoadFailure) {
    return try load()
  } catch {
    var failure = error
    for index in failure.diagnostics.indices
    where databases.contains(failure.diagnostics[index].file) {
      failure.diagnostics[index].file = "\(option) \(failure.diagnostics[index].file)"
    }
    report(failure)
    throw ExitCode(1)
  }
}

/// The version of Traffic Server that remap.config files and configurations are for.
struct TrafficServerOption: ParsableArguments {
  @Option(
    name: .customLong("traffic-server"),
    help: ArgumentHelp(
      "The version of Traffic Server that reads a remap.config. Default: the installed one, or else 9.2.",
      discussion: """
        It decides which line maps a URL. The installed one is the traffic_server in PATH: 9.2 for a \
        version 9, 10.2 for a later one.
        """, valueName: "version"))
  var version: TrafficServerVersion?
}

extension TrafficServerVersion: ExpressibleByArgument {}
