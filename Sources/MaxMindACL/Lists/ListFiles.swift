import Files

/// A list file as a configuration names it, and what it lists.
typealias LoadedList = (file: Configuration.ListFile, list: AddressList)

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
      deny: deny.map { ($0.file, $0.list.at(now)) },
      allow: allow.map { ($0.file, $0.list.at(now)) })
  }

  /// What reports say of each.
  var summaries: [String] { (deny + allow).map(\.list.summary) }
}

/// Reads the list files that a configuration names and collects what is wrong with them.
///
/// At a reload, a file that has errors, or has lost all its entries, keeps the list that is in force.
struct ListFiles {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  /// Whether reports name a file as the configuration does, and not by its path.
  let isNamedAsWritten: Bool
  /// The rules that are in force; nil: this is no reload.
  let running: RuleList?
  /// The moment for which the lists are read, in seconds since 1970.
  let now: Int64
  /// What is wrong in the configuration.
  private(set) var found = DiagnosticList()
  /// What is wrong in the lists themselves, one list after the other.
  private(set) var diagnosticsOfLists: [Diagnostic] = []
  /// Whether any list has errors and is not in force.
  private(set) var hasErrors = false
  /// The bytes of all lists.
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
      warnIfEmpty(list, file, "no client is allowed by it, and the default stays deny")
    }
    for file in configuration.deny.listFiles {
      guard let list = list(of: file, .denyIP, inPlaceOf, willRead) else { continue }
      lists.deny.append((file, list))
      warnIfEmpty(list, file, "no client is denied by it")
    }
    return lists
  }

  /// The list of a file or, where that is refused, the one that is in force; nil: there is neither.
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
      ? "is refused for its errors" : "has no entry any more; allow_empty: true would take that"
    report(
      .warning, .listRefused,
      "ip_file: \(file.name.value) \(reason); the list in force stays (\(inForce.size))",
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
