import Text

/// A database older than this is old. Vendors publish at least one a month.
private let daysOfUse = 45
private let secondsPerDay: UInt64 = 86_400

extension Policy {
  /// The warning for a database that is old, or was built in the future, at a moment in seconds since 1970; nil:
  /// neither.
  ///
  /// Not part of `warnings`, because a database ages while its policy is in use. No change of the configuration removes
  /// it, so callers that turn warnings into failures should skip it.
  package func warningOfAge(at now: Int64) -> Diagnostic? {
    let (built, now) = (database.buildEpoch, UInt64(max(0, now)))
    let message: String
    if built > now {
      message = "which is in the future; check the clock, or download the database again"
    } else {
      let days = (now - built) / secondsPerDay
      guard days > daysOfUse else { return nil }
      message = "\(days) days ago; addresses move between countries, so download a current database"
    }
    return Diagnostic(
      severity: .warning, id: .databaseAge,
      message: "database: built on \(isoDate(epoch: built)), \(message)", file: configuration.file,
      range: configuration.database?.range, sourceLine: databaseSourceLine)
  }
}
