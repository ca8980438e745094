import Files

/// A list file in the configuration, and its list.
typealias LoadedList = (file: Configuration.ListFile, list: AddressList)

/// The lists of a configuration.
struct AddressLists {
  var deny: [LoadedList] = []
  var allow: [LoadedList] = []

  /// When the next entry expires, in seconds since 1970; nil: never.
  var nextExpiry: Int64? { (deny + allow).compactMap(\.list.nextExpiry).min() }

  /// The last expiry that is not after a moment; nil: none.
  func lastExpiry(upTo now: Int64) -> Int64? {
    (deny + allow).compactMap { $0.list.lastExpiry(upTo: now) }.max()
  }

  /// The number of entries that expire after `start` and not after `end`.
  func expiryCount(after start: Int64, upTo end: Int64) -> Int {
    (deny + allow).reduce(0) { $0 + $1.list.expiryCount(after: start, upTo: end) }
  }

  /// The same lists at another moment.
  func at(_ now: Int64) -> AddressLists {
    AddressLists(
      deny: deny.map { ($0.file, $0.list.at(now)) },
      allow: allow.map { ($0.file, $0.list.at(now)) })
  }

  /// The list files in reports.
  var summaries: [String] { (deny + allow).map(\.list.summary) }
}

/// Reads the list files of a configuration and collects their problems.
///
/// At a reload, a file that has errors, or that has lost all its entries, keeps its running list.
struct ListFiles {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  /// Whether reports use the configuration's file names instead of paths.
  let isNamedAsWritten: Bool
  /// The running rules; nil: not a reload.
  let running: RuleList?
  /// The moment of the lists, in seconds since 1970.
  let now: Int64
  /// The problems of the configuration.
  private(set) var found = DiagnosticList()
  /// The problems of the lists, list by list.
  private(set) var diagnosticsOfLists: [Diagnostic] = []
  /// Whether a list has errors and no running list replaces it.
  private(set) var hasErrors = false
  /// The size of all lists, in bytes.
  private(set) var size = 0

  init(
    configuration: Configuration, document: YAMLDocument, directory: String,
    isNamedAsWritten: Bool, replacing running: RuleList?, now: Int64
  ) {
    self.configuration = configuration
    self.document = document
    self.directory = directory
    self.isNamedAsWritten = isNamedAsWritten
    self.running = running
    self.now = now
  }

  /// - Parameter inPlaceOf: See `Policy.load`.
  mutating func read(
    inPlaceOf: (String) -> (bytes: [UInt8], name: String)?,
    _ willRead: (String) throws(FileError) -> Void
  ) -> AddressLists {
    var lists = AddressLists()
    for file in configuration.allow.listFiles {
      guard let list = list(of: file, .allowIP, inPlaceOf, willRead) else { continue }
      lists.allow.append((file, list))
      warnIfEmpty(list, file, "it allows no client, and the default stays deny")
    }
    for file in configuration.deny.listFiles {
      guard let list = list(of: file, .denyIP, inPlaceOf, willRead) else { continue }
      lists.deny.append((file, list))
      warnIfEmpty(list, file, "it denies no client")
    }
    return lists
  }

  /// The list of a file or, if the file is refused, the running list; nil: neither.
  private mutating func list(
    of file: Configuration.ListFile, _ step: Step,
    _ inPlaceOf: (String) -> (bytes: [UInt8], name: String)?,
    _ willRead: (String) throws(FileError) -> Void
  ) -> AddressList? {
    let path = resolve(file.name.value, in: directory)
    let use = AddressList.Use(verdict: step.verdict ?? .deny, value: file.value?.value)
    let list = read(file, path, use, inPlaceOf, willRead)
    let kept = running?.lists(of: step).first { $0.path == path && $0.use == use }
    guard let inForce = kept?.at(now) else {
      if list == nil { hasErrors = true }
      return list
    }
    let isRefused = list.map { !$0.hasEntries && inForce.hasEntries && !file.allowsEmpty } ?? true
    guard isRefused else { return list }
    let reason =
      list == nil
      ? "has errors" : "has lost all its entries; allow_empty: true accepts that"
    report(
      .warning, .listRefused,
      "ip_file: \(file.name.value) \(reason); the running list stays in use (\(inForce.size))",
      at: file.name.range)
    return inForce
  }

  /// The list of a file; nil: it has errors, which are reported.
  private mutating func read(
    _ file: Configuration.ListFile, _ path: String, _ use: AddressList.Use,
    _ inPlaceOf: (String) -> (bytes: [UInt8], name: String)?,
    _ willRead: (String) throws(FileError) -> Void
  ) -> AddressList? {
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
        bytes, file: other?.name ?? (isNamedAsWritten ? file.name.value : path), for: use, now: now)
      list.path = other == nil ? path : nil
      diagnosticsOfLists += diagnostics
      return diagnostics.contains { $0.severity == .error } ? nil : list
    } catch {
      report(
        .error, .fileUnreadable, "ip_file: \(path) cannot be read: \(error.message)",
        at: file.name.range)
      return nil
    }
  }

  private mutating func warnIfEmpty(
    _ list: AddressList, _ file: Configuration.ListFile, _ effect: String
  ) {
    guard list.ranges.count == 0, !file.allowsEmpty else { return }
    let reason =
      if list.expiredCount > 0 {
        "all entries have expired"
      } else if let value = file.value {
        "no entry has the value \(value.text)"
      } else {
        "it has no entry"
      }
    report(
      .warning, .listEmpty,
      "ip_file: \(file.name.value) lists no address, because \(reason); \(effect)",
      at: file.name.range)
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }
}
