import Files

/// A key of the configuration that names list files.
enum ListKey: Hashable, Sendable {
  case deny, allow, bypass, trusted
  /// `ip_file` of a named rule, or of its `not`.
  case condition(rule: String, Step.Section, isException: Bool)

  /// The name of the key.
  var name: String {
    switch self {
    case .deny, .allow, .bypass, .condition: "ip_file"
    case .trusted: "trusted_file"
    }
  }

  /// The word of access rules in its lists; nil: either word.
  fileprivate var verdict: Verdict? {
    switch self {
    case .deny: .deny
    case .allow, .bypass, .trusted: .allow
    case .condition: nil
    }
  }

  /// The meaning of a list without addresses, for messages.
  fileprivate var effectOfEmptyList: String {
    switch self {
    case .deny: "it denies no client"
    case .allow: "it allows no client, and the default stays deny"
    case .bypass: "it adds no client to bypass"
    case .trusted: "it trusts no proxy"
    case .condition: "it adds no client to the condition"
    }
  }
}

extension Configuration {
  /// The list files by key, in the order in which they are read.
  fileprivate var listFiles: [(key: ListKey, files: [ListFile])] {
    let sections = [
      (ListKey.deny, deny.listFiles), (.allow, allow.listFiles),
      (.bypass, bypass?.listFiles ?? []), (.trusted, client?.trustedFiles ?? []),
    ]
    let conditions = [(deny.rules, Step.Section.deny), (allow.rules, .allow)].flatMap {
      rules, section in
      rules.flatMap { rule in
        [(rule.conditions, false), (rule.exceptions, true)].map { conditions, isException in
          (
            ListKey.condition(rule: rule.name.value, section, isException: isException),
            conditions.listFiles
          )
        }
      }
    }
    return sections + conditions
  }
}

/// A list file in the configuration, and its list.
typealias LoadedList = (file: Configuration.ListFile, list: AddressList)

/// The lists of a configuration.
struct AddressLists: Sendable {
  private var byKey: [ListKey: [LoadedList]] = [:]
  /// The keys that have lists, in the order in which they were read.
  private var keys: [ListKey] = []

  /// The lists of a key, in the order of the file.
  subscript(key: ListKey) -> [LoadedList] { byKey[key] ?? [] }

  fileprivate mutating func append(_ list: LoadedList, to key: ListKey) {
    if byKey[key] == nil { keys.append(key) }
    byKey[key, default: []].append(list)
  }

  /// All lists.
  var all: [AddressList] { keys.flatMap { self[$0].map(\.list) } }

  /// When the next entry expires, in seconds since 1970; nil: never.
  var nextExpiry: Int64? { all.compactMap(\.nextExpiry).min() }

  /// The last expiry that is not after a moment; nil: none.
  func lastExpiry(upTo now: Int64) -> Int64? { all.compactMap { $0.lastExpiry(upTo: now) }.max() }

  /// The number of entries that expire after `start` and not after `end`.
  func expiryCount(after start: Int64, upTo end: Int64) -> Int {
    all.reduce(0) { $0 + $1.expiryCount(after: start, upTo: end) }
  }

  /// The same lists at another moment.
  func at(_ now: Int64) -> AddressLists {
    var lists = self
    lists.byKey = byKey.mapValues { $0.map { ($0.file, $0.list.at(now)) } }
    return lists
  }
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
  /// The running lists; nil: not a reload.
  let running: AddressLists?
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
    isNamedAsWritten: Bool, replacing running: AddressLists?, now: Int64
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
    for (key, files) in configuration.listFiles {
      for file in files {
        guard let list = list(of: file, key, inPlaceOf, willRead) else { continue }
        lists.append((file, list), to: key)
        warnIfEmpty(list, file, key)
        if key == .trusted { warnOfTrustInEveryone(list, file) }
      }
    }
    return lists
  }

  /// The list of a file or, if the file is refused, the running list; nil: neither.
  private mutating func list(
    of file: Configuration.ListFile, _ key: ListKey,
    _ inPlaceOf: (String) -> (bytes: [UInt8], name: String)?,
    _ willRead: (String) throws(FileError) -> Void
  ) -> AddressList? {
    let path = resolve(file.name.value, in: directory)
    let use = AddressList.Use(verdict: key.verdict, value: file.value?.value)
    let list = read(file, key, path, use, inPlaceOf, willRead)
    let kept = running?[key].first { $0.list.path == path && $0.list.use == use }
    guard let inForce = kept?.list.at(now) else {
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
      "\(key.name): \(file.name.value) \(reason); the running list stays in use (\(inForce.size))",
      at: file.name.range)
    return inForce
  }

  /// The list of a file; nil: it has errors, which are reported.
  private mutating func read(
    _ file: Configuration.ListFile, _ key: ListKey, _ path: String, _ use: AddressList.Use,
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
        .error, .fileUnreadable, "\(key.name): \(path) cannot be read: \(error.message)",
        at: file.name.range)
      return nil
    }
  }

  private mutating func warnIfEmpty(
    _ list: AddressList, _ file: Configuration.ListFile, _ key: ListKey
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
      "\(key.name): \(file.name.value) lists no address, because \(reason); \(key.effectOfEmptyList)",
      at: file.name.range)
  }

  private mutating func warnOfTrustInEveryone(_ list: AddressList, _ file: Configuration.ListFile) {
    guard let number = (0..<list.ranges.count).first(where: { list.ranges[$0].isWholeFamily })
    else { return }
    report(
      .warning, .trustedEveryone,
      "trusted_file: \(list.ranges[number]) on line \(list.lines[number]) of \(file.name.value) "
        + "covers every address, so any client can claim another address", at: file.name.range)
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }
}
