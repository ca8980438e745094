import Addresses
import ArgumentParser
import Foundation
import MaxMindACL
import Remap

/// What explain and replay share: the rules, and the header fields of the requests.
struct RequestOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The configuration.", valueName: "file.yaml"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The remap.config whose lines name the configurations; in place of --config.",
      valueName: "remap.config"), completion: .file())
  var remap: String?

  @Option(
    help: "The directory that names in the configuration or remap.config are relative to.",
    completion: .directory)
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "A database in place of those that the configurations name.", valueName: "file.mmdb"),
    completion: .file(extensions: ["mmdb"]))
  var database: String?

  @OptionGroup var moment: MomentOption

  @OptionGroup var headers: HeaderOptions

  /// The rules. Throws where not one of the options names them: not when the options are validated, because a
  /// misspelt one is told of afterwards. What keeps them from loading goes to standard error; warnings are the business of check.
  func rules() throws -> RuleSet {
    guard (config == nil) != (remap == nil) else {
      throw ValidationError("one of --config and --remap says where the rules are")
    }
    return try loaded(database: database, of: "--database") { () throws(LoadFailure) in
      if let remap {
        return try RuleSet.load(
          remap: remap, directory: directory, database: database, now: moment.now)
      }
      return try RuleSet.load(
        configuration: config ?? "", directory: directory, database: database, now: moment.now)
    }
  }
}

/// A client as people write it: an address, or `-` for a request without one. Nil if it is neither.
func client(_ text: some StringProtocol) -> Address?? {
  if text == "-" { return .some(nil) }
  guard let address = Address(String(text)) else { return nil }
  return .some(address)
}

/// Rules; what keeps them from loading goes to standard error.
///
/// - Parameters:
///   - database: The database that an option gives in place of others: messages name the option with it.
func loaded(
  database: String?, of option: String, _ load: () throws(LoadFailure) -> RuleSet
) throws(ExitCode) -> RuleSet {
  do throws(LoadFailure) {
    return try load()
  } catch {
    var failure = error
    for index in failure.diagnostics.indices where failure.diagnostics[index].file == database {
      failure.diagnostics[index].file = "\(option) \(failure.diagnostics[index].file)"
    }
    report(failure)
    throw ExitCode(1)
  }
}
