import Foundation
import GeoDatabase
import MaxMindACL
import Remap
import Text

/// Loads configurations with a new database in place of the old one, and compares what they decide.
struct DatabaseTrial {
  /// The new database in the operator's spelling.
  let new: String
  /// The complete copy of it that is loaded.
  let draft: String
  /// The database to replace, links followed.
  let destination: String
  /// The same in the operator's spelling.
  let named: String
  /// Whether it exists.
  let isReplacement: Bool
  let now: Int64

  /// The database that was loaded from the draft. Nil: no configuration names it.
  private(set) var database: GeoDatabase?
  /// The database that it replaces. Nil: none, or it cannot be used.
  private(set) var old: GeoDatabase?
  /// What changes, by configuration.
  private(set) var changes: [(configuration: String, change: PolicyChange)] = []

  init(
    new: String, draft: String, destination: String, named: String, isReplacement: Bool, now: Int64
  ) {
    self.new = new
    self.draft = draft
    self.destination = destination
    self.named = named
    self.isReplacement = isReplacement
    self.now = now
  }

  /// Loads a configuration, or all of a remap.config.
  ///
  /// - Parameters:
  ///   - version: The version of Traffic Server that it is for. Nil: the installed one.
  ///   - isForced: Whether an old database that cannot be used may be replaced.
  mutating func check(
    _ configuration: String, directory: String?, for version: TrafficServerVersion?,
    isForced: Bool
  ) throws(InstallationFailure) {
    var isNamed = false
    for source in try ConfigurationSource.all(of: configuration, directory: directory, version) {
      let running = try running(source, isForced: isForced)
      let (draft, destination, name) = (draft, destination, new)
      var isNamedHere = false
      let policy = try source.load { (place) throws(LoadFailure) in
        try Policy.load(
          path: place.name, at: place.path, directory: place.directory, replacing: running,
          proxy: place.proxy, now: now,
          databaseInPlaceOf: { path in
            guard InstalledFile.resolved(path) == destination else { return nil }
            isNamedHere = true
            return (draft, name)
          })
      }
      guard isNamedHere else { continue }
      isNamed = true
      let refusals = policy.warnings.filter {
        $0.id == .databaseOlder || $0.id == .databaseLostCountry
      }
      if !refusals.isEmpty {
        let texts = refusals.map { Terminal.standardError.rendered($0) + "\n" }.joined()
        throw InstallationFailure(
          status: 3, text: "\(printable(new)): error: refused\n\(texts)")
      }
      database = policy.databases.first { $0.path == draft } ?? database
      guard let running else { continue }
      old = running.databases.first { InstalledFile.resolved($0.path) == destination } ?? old
      changes.append((source.name, PolicyChange(from: running, to: policy)))
    }
    guard isNamed else {
      throw InstallationFailure(
        status: 1,
        text: printable("\(configuration): error: its database: does not name \(named)") + "\n")
    }
  }

  /// The policy with the old database. Nil: there is none.
  private func running(
    _ source: ConfigurationSource, isForced: Bool
  ) throws(InstallationFailure) -> Policy? {
    guard isReplacement else { return nil }
    do throws(LoadFailure) {
      return try Policy.load(
        path: source.name, at: source.path, directory: source.directory, proxy: source.proxy,
        now: now)
    } catch {
      // An error that has another cause ends the load with the new database too.
      if isForced { return nil }
      let isOfDatabase = error.diagnostics.contains {
        [.databaseInvalid, .databaseKind].contains($0.id)
      }
      if !isOfDatabase {
        throw .invalid((LoadFailure(ofRemapYAML: source.path) ?? error).diagnostics)
      }
      let texts = error.diagnostics.map { Terminal.standardError.rendered($0) + "\n" }.joined()
      throw InstallationFailure(
        status: 3,
        text:
          "\(printable(source.name)): error: refused: it does not load with the old database, so the "
          + "change cannot be measured; --force replaces it\n\(texts)")
    }
  }

  /// The reason why the change is too large. Nil: it is not.
  ///
  /// - Parameter maxChange: In percent.
  func refusal(maxChange: Double) -> String? {
    for (configuration, change) in changes {
      let shares = [("IPv4 space", change.ipv4Share), ("known IPv6 space", change.ipv6Share)]
      if let (what, share) = shares.max(by: { $0.1 < $1.1 }), share * 100 > maxChange {
        return "\(PolicyChange.percentage(share)) of the \(what) would be decided otherwise by "
          + "\(configuration), more than \(PolicyChange.percentage(maxChange / 100))"
      }
    }
    return nil
  }

  /// The change of each configuration, by country.
  var report: [String] {
    changes.flatMap { configuration, change in
      ["\(configuration): \(change.shares)"] + change.lines
    }
  }
}
