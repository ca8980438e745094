import Text

/// From more days than this on, a database is old. Vendors publish at least one a month.
private let daysOfUse = 45
private let secondsPerDay: UInt64 = 86_400

extension Policy {
  /// The warning that the database is old at a moment, in seconds since 1970, or was built after it; nil: it is
  /// neither.
  ///
  /// It is not one of `warnings`, because a database grows old while its policy is in use. No change of the
  /// configuration removes it, so a caller that turns warnings into failures leaves it out.
  package func warningOfAge(at now: Int64) -> Diagnostic? {
    let (built, now) = (database.buildEpoch, UInt64(max(0, now)))
    let message: String
    if built > now {
      message = "which is in the future; look at the clock, or download the database again"
    } else {
      let days = (now - built) / secondsPerDay
      guard days > daysOfUse else { return nil }
      message = "\(days) days ago; countries of addresses change, so download the current one"
    }
    return Diagnostic(
      severity: .warning, id: .databaseAge,
      message: "database: built on \(isoDate(epoch: built)), \(message)", file: configuration.file,
      range: configuration.database?.range, sourceLine: databaseSourceLine)
  }
}
