import MaxMindACL
import Remap
import Text

/// The line about a configuration of the stock plugin whose requests are decided otherwise.
struct MigrationNote {
  /// The stock plugin's version of Traffic Server. Nil: the installed one, or else 9.2.
  var version: TrafficServerVersion?
  /// The hosts of requests; empty: any.
  var hosts: [String]
  /// The command that lists the changes.
  var command: [String]

  /// The line for a configuration; nil: it has another key than the stock plugin, or nothing changes. Time: a load, and
  /// up to a walk over the database.
  ///
  /// - Parameters:
  ///   - path: The file, relative to the current directory.
  ///   - directory: The directory for relative names in it. Nil: its own.
  ///   - now: The moment of the load, in seconds since 1970.
  func line(of policy: Policy, at path: String, directory: String?, now: Int64) -> String? {
    let file = policy.configuration.file
    guard policy.configuration.hasOnlyStockKeys else { return nil }
    let version = version ?? .installed ?? .v9_2
    guard
      let stock = try? Policy.load(
        path: file, at: path, directory: directory, proxy: .trafficServer(version),
        semantics: version.stockSemantics, now: now),
      Migration.findsChange(from: stock, to: policy, hosts: hosts)
    else { return nil }
    let words = command.map(shellWord).joined(separator: " ")
    return printable(
      "\(file): some requests are decided otherwise than by the stock plugin of "
        + "\(version.rawValue); see: \(words)")
  }
}

/// A word for a shell, in quotes if it needs them.
private func shellWord(_ word: String) -> String {
  let isPlain = word.utf8.allSatisfy {
    $0.isASCIILetter || $0.isASCIIDigit || "/._-+:@%=,".utf8.contains($0)
  }
  return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}
