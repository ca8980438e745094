import Files
import Text

/// The offsets of a time zone from UTC, for any moment.
///
/// Immutable; any number of threads may ask at once.
///
/// ```swift
/// let zone = try ZoneRules(name: "Europe/Berlin")
/// zone.offset(at: 1_788_220_800)  // 7200
/// ```
package struct ZoneRules: Hashable, Sendable {
  /// The name that the zone was loaded by: `UTC`, an offset such as `+01:00`, or an IANA name.
  package let name: String
  /// The moments at which the offset changes, ascending.
  private let changes: [Int64]
  /// One more offset than changes: the first one holds before all changes, the others from their change on.
  private let offsets: [Int32]
  /// Where the offsets begin to repeat every 400 years. Nil: they do not.
  private let repetition: Repetition?

  /// The Gregorian calendar repeats its dates and weekdays every 400 years, and so do rules for daylight saving time.
  struct Repetition: Hashable {
    /// 146,097 days, which are 20,871 weeks.
    static let period: Int64 = 146_097 * 86_400
    /// The first moment of the repeated part.
    var start: Int64
    /// Whether the offsets before are those of the repeated part too.
    var isBothWays: Bool
  }

  /// UTC.
  package static let utc = ZoneRules(name: "UTC", changes: [], offsets: [0], repetition: nil)

  /// A zone with `changes` in ascending order and one more offset than changes.
  init(name: String, changes: [Int64], offsets: [Int32], repetition: Repetition?) {
    self.name = name
    self.changes = changes
    self.offsets = offsets
    self.repetition = repetition
  }

  /// Seconds east of UTC at a moment, given in seconds since 1970.
  ///
  /// A binary search. Takes no lock, allocates nothing and cannot trap.
  package func offset(at epoch: Int64) -> Int32 {
    var epoch = epoch
    if let repetition, epoch >= repetition.start || repetition.isBothWays {
      let period = Repetition.period
      // Remainders first, because the difference could overflow.
      let sinceStart = (epoch % period &- repetition.start % period) % period
      epoch = repetition.start &+ sinceStart &+ (sinceStart < 0 ? period : 0)
    }
    // Not `span`, which traps on a wrong alignment.
    // INVARIANT: middle < changes.count, and count <= changes.count, which is one less than offsets.count.
    // The number of changes up to the moment:
    let count = unsafe changes.withUnsafeBufferPointer { changes in
      var (low, high) = (0, changes.count)
      while low < high {
        let middle = (low &+ high) &>> 1
        if unsafe changes[middle] <= epoch { low = middle &+ 1 } else { high = middle }
      }
      return low
    }
    return unsafe offsets.withUnsafeBufferPointer { unsafe $0[count] }
  }
}

/// Why a time zone cannot be loaded.
package enum ZoneError: Error, Hashable, Sendable {
  /// The text is not an offset, and the system has no zone with this name.
  case unknown
  /// The system has no time zone database.
  case noDatabase(directory: String)
  /// The file cannot be read; the system's message.
  case unreadable(String)
  /// The file is not in the format TZif.
  case notTZif
  /// The file contradicts itself; the text names the mistake.
  case damaged(String)
  /// The times in the file count leap seconds, the times of the system do not.
  case leapSeconds

  /// The mistake and its correction, as the middle of a sentence.
  package var message: String {
    switch self {
    case .unknown:
      "unknown time zone, write UTC, an offset such as +01:00, or an IANA name such as Europe/Berlin"
    case .noDatabase(let directory):
      "no time zone database in \(directory), install tzdata, or write an offset such as +01:00"
    case .unreadable(let message): "cannot read the time zone: \(message)"
    case .notTZif: "the zone's file is not a TZif file (RFC 8536), write an IANA name"
    case .damaged(let what): "the zone's file is damaged: \(what), install tzdata again"
    case .leapSeconds:
      "the zone's times count leap seconds, write the name without \"right/\""
    }
  }
}

extension ZoneRules {
  /// The size limit of a zone's file, in bytes. The largest known one has about 4 kB.
  private static let largestFile = 1 << 20
  private static let longestName = 64

  /// Loads a zone.
  ///
  /// - Parameters:
  ///   - name: `UTC`, an offset such as `+01:00` or `-0330`, or the name of a zone in the directory.
  ///   - directory: The system's time zone database: TZif files, named after zones.
  package init(
    name: String, directory: String = "/usr/share/zoneinfo"
  ) throws(ZoneError) {
    if name == "UTC" {
      self = .utc
      return
    }
    if let seconds = utcOffset(name.utf8.span) {
      self.init(
        name: name, changes: [], offsets: [Int32(truncatingIfNeeded: seconds)], repetition: nil)
      return
    }
    guard Self.isName(name) else { throw .unknown }
    let contents: FileContents
    do {
      contents = try FileContents.read(path: "\(directory)/\(name)", limit: Self.largestFile)
    } catch {
      guard FileState(path: directory) != nil else { throw .noDatabase(directory: directory) }
      if error.kind == .missing { throw .unknown }
      throw .unreadable(error.message)
    }
    try self.init(name: name, file: contents.bytes)
  }

  /// Whether a text may be an IANA name: parts of ASCII letters, digits, `+`, `-` and `_` that begin with a letter. So
  /// a name never leads out of the directory.
  private static func isName(_ text: String) -> Bool {
    guard text.utf8.count <= longestName else { return false }
    return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { part in
        guard let first = part.first, first.isASCIILetter else { return false }
        return part.allSatisfy {
          $0.isASCIILetter || $0.isASCIIDigit || "+-_".utf8.contains($0)
        }
      }
  }
}
