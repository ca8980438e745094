import GeoDatabase

/// A list file as a configuration names it, and what it lists.
typealias LoadedList = (name: Located<String>, list: AddressList)

/// The lists of a configuration.
struct AddressLists {
  var deny: [LoadedList] = []
  var allow: [LoadedList] = []

  /// When the next entry expires, in seconds since 1970; nil: none does.
  var nextExpiry: Int64? { (deny + allow).compactMap(\.list.nextExpiry).min() }

  /// When the last entry that has expired by a moment did; nil: none has.
  func lastExpiry(upTo now: Int64) -> Int64? {
    (deny + allow).compactMap { $0.list.lastExpiry(upTo: now) }.max()
  }

  /// How many entries expire after a moment and not after another.
  func expiryCount(after start: Int64, upTo end: Int64) -> Int {
    (deny + allow).reduce(0) { $0 + $1.list.expiryCount(after: start, upTo: end) }
  }

  /// The same lists at a moment, whatever moment these are for.
  func at(_ now: Int64) -> AddressLists {
    AddressLists(
      deny: deny.map { ($0.name, $0.list.at(now)) }, allow: allow.map { ($0.name, $0.list.at(now)) }
    )
  }

  /// What reports say of each.
  var summaries: [String] { (deny + allow).map(\.list.summary) }
}

/// Reads the list files that a configuration names and collects what is wrong with them.
struct ListFiles {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  /// Whether reports name a file as the configuration does, and not by its path.
  let isNamedAsWritten: Bool
  /// The moment for which the lists are read, in seconds since 1970.
  let now: Int64
  /// What is wrong in the configuration.
  private(set) var found = DiagnosticList()
  /// What is wrong in the lists themselves, one list after the other.
  private(set) var diagnosticsOfLists: [Diagnostic] = []
  /// The bytes of all lists.
  private(set) var size = 0

  init(
    configuration: Configuration, document: YAMLDocument, directory: String,
    isNamedAsWritten: Bool, now: Int64
  ) {
    self.configuration = configuration
    self.document = document
    self.directory = directory
    self.isNamedAsWritten = isNamedAsWritten
    self.now = now
  }

  /// - Parameter inPlaceOf: See `Policy.load`.
  mutating func read(
    inPlaceOf: (String) -> (bytes: [UInt8], name: String)?,
    _ willRead: (String) throws(FileError) -> Void
  ) -> AddressLists {
    var lists = AddressLists()
    for name in configuration.allow.listFiles {
      guard let list = read(name, inPlaceOf, willRead) else { continue }
      lists.allow.append((name, list))
      warnIfEmpty(list, name, "no client is allowed by it, and the default stays deny")
    }
    for name in configuration.deny.listFiles {
      guard let list = read(name, inPlaceOf, willRead) else { continue }
      lists.deny.append((name, list))
      warnIfEmpty(list, name, "no client is denied by it")
    }
    return lists
  }

  private mutating func read(
    _ name: Located<String>, _ inPlaceOf: (String) -> (bytes: [UInt8], name: String)?,
    _ willRead: (String) throws(FileError) -> Void
  ) -> AddressList? {
    let path = resolve(name.value, in: directory)
    let other = inPlaceOf(path)
    do throws(FileError) {
      try willRead(path)
      let bytes: [UInt8]
      if let other {
        bytes = other.bytes
      } else {
        bytes = try FileContents.read(
          path: path, limit: AddressList.maximumSize, memoryPerByte: AddressList.memoryPerByte
        ).bytes
      }
      size += bytes.count
      var (list, diagnostics) = AddressList.read(
        bytes, file: other?.name ?? (isNamedAsWritten ? name.value : path), now: now)
      list.path = other == nil ? path : nil
      diagnosticsOfLists += diagnostics
      return diagnostics.contains { $0.severity == .error } ? nil : list
    } catch {
      report(
        .error, .fileUnreadable, "ip_file: \(path) cannot be read: \(error.message)",
        at: name.range)
      return nil
    }
  }

  private mutating func warnIfEmpty(
    _ list: AddressList, _ name: Located<String>, _ effect: String
  ) {
    guard list.ranges.count == 0 else { return }
    let reason = list.expiredCount > 0 ? "all entries have expired" : "it has no entry"
    report(
      .warning, .listEmpty, "ip_file: \(name.value) lists no address, because \(reason); \(effect)",
      at: name.range)
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }
}
