import Files
import Text

/// The metadata of a database, and the places of its parts in the file.
struct Metadata {
  var nodeCount: Int
  var recordSize: Int
  var ipVersion: Int
  var type: String
  var buildEpoch: UInt64
  /// The start of the data section. It ends at `markerStart`.
  var dataStart: Int
  var markerStart: Int

  private static let marker: [UInt8] = [0xab, 0xcd, 0xef] + Array("MaxMind.com".utf8)
  /// The format's size limit for marker and metadata.
  private static let longest = 128 * 1024
  private static let separator = 16

  /// Reads and verifies the metadata at the end of a file.
  ///
  /// libmaxminddb decodes the same fields when it opens the database. This check comes first, with limits, because
  /// 1.7.1 has none: a few pointers can make languages and description unfold to any size, and a wrong type leaks
  /// memory.
  @unsafe init(_ file: UnsafeRawBufferPointer) throws(DatabaseFault) {
    guard let markerStart = unsafe Self.lastMarker(in: file) else { throw Self.noMarker }
    let start = markerStart + Self.marker.count
    guard let section = unsafe DataSection(UnsafeRawBufferPointer(rebasing: file[start...])),
      let root = section.token(at: 0), root.kind == .map
    else { throw .corrupt("the metadata is not a map") }
    var fields = MetadataFields(section: section)
    try fields.collect(root)

    let version = try fields.number("binary_format_major_version", .uint16)
    guard version == 2 else {
      throw DatabaseFault(
        .unsupported, "is in version \(version) of the MaxMind DB format, version 2 is needed")
    }
    _ = try fields.number("binary_format_minor_version", .uint16)
    let recordSize = try fields.number("record_size", .uint16)
    guard [24, 28, 32].contains(recordSize) else {
      throw DatabaseFault(
        .unsupported, "has records of \(recordSize) bits, the format has 24, 28 and 32")
    }
    let ipVersion = try fields.number("ip_version", .uint16)
    guard ipVersion == 4 || ipVersion == 6 else {
      throw DatabaseFault(.unsupported, "is for IP version \(ipVersion), 4 and 6 exist")
    }
    let nodeCount = try fields.number("node_count", .uint32)
    guard nodeCount > 0 else { throw .corrupt("the metadata has a node_count of 0") }
    buildEpoch = try fields.number("build_epoch", .uint64)
    guard buildEpoch > 0 else { throw .corrupt("the metadata has a build_epoch of 0") }
    type = printable(String(try fields.text("database_type").prefix(100)))
    try fields.checkTexts("languages", in: .array)
    try fields.checkTexts("description", in: .map)

    self.nodeCount = Int(nodeCount)
    self.recordSize = Int(recordSize)
    self.ipVersion = Int(ipVersion)
    self.markerStart = markerStart
    let treeSize = self.nodeCount * self.recordSize / 4
    dataStart = treeSize + Self.separator
    guard dataStart <= markerStart else {
      throw .corrupt(
        "the search tree of \(nodeCount) nodes does not fit into the file, which may be cut off")
    }
    guard unsafe file[treeSize..<dataStart].allSatisfy({ $0 == 0 }) else {
      throw .corrupt("the zeros between search tree and data are missing")
    }
  }

  /// Throws unless the file's last bytes contain the marker at the start of the metadata.
  static func findMarker(in file: borrowing OpenedFile) throws(DatabaseFault) {
    let length = min(file.identity.size, longest)
    let tail: [UInt8]
    do {
      tail = try file.bytes(at: file.identity.size - length, count: length)
    } catch {
      throw DatabaseFault(error)
    }
    let isFound = unsafe tail.withUnsafeBytes { unsafe lastMarker(in: $0) != nil }
    guard isFound else { throw Self.noMarker }
  }

  private static let noMarker = DatabaseFault(
    .notADatabase, "has no MaxMind DB metadata: it is another kind of file or was cut off")

  private static func lastMarker(in file: UnsafeRawBufferPointer) -> Int? {
    let lowest = max(0, file.count - longest)
    var start = file.count - marker.count
    while start >= lowest {
      if unsafe file[start] == marker[0],
        unsafe file[start..<(start + marker.count)].elementsEqual(marker)
      {
        return start
      }
      start -= 1
    }
    return nil
  }
}

/// The fields of a metadata map by name. The first field of a name counts, as in libmaxminddb.
private struct MetadataFields {
  let section: DataSection
  /// Limits the fields that the library visits. It searches for each name from the start of the map.
  private var walk: BoundedWalk
  private var values: [String: DataSection.Token] = [:]
  /// The bytes of text that the library may copy.
  private var textBudget = 1 << 20

  init(section: DataSection) {
    self.section = section
    walk = BoundedWalk(section: section, limit: 50_000)
  }

  mutating func collect(_ root: DataSection.Token) throws(DatabaseFault) {
    let isSound = walk.forEachField(of: root) { [section] _, keyField, position in
      guard let key = section.text(ofKey: keyField), let value = section.token(at: position)
      else { return false }
      let name = section.string(key)
      guard values[name] == nil else { return true }
      guard let value = section.followed(value) else { return false }
      values[name] = value
      return true
    }
    guard isSound else { throw .corrupt("the metadata is damaged") }
  }

  func number(_ name: String, _ kind: DataSection.Kind) throws(DatabaseFault) -> UInt64 {
    let token = try field(name, kind)
    guard let value = section.number(at: token.content, size: token.size) else {
      throw .corrupt("the metadata is damaged at \(name)")
    }
    return value
  }

  mutating func text(_ name: String) throws(DatabaseFault) -> String {
    let token = try field(name, .text)
    try spend(token, name)
    return section.string(token)
  }

  /// Verifies an array of texts or a map from texts to texts. Each may be a pointer to a text.
  mutating func checkTexts(_ name: String, in kind: DataSection.Kind) throws(DatabaseFault) {
    let container = try field(name, kind)
    var position = container.content
    let fields = kind == .map ? 2 * container.size : container.size
    for _ in 0..<fields {
      guard let field = section.token(at: position), let text = section.followed(field),
        text.kind == .text
      else { throw .corrupt("\(name) in the metadata has values that are not texts") }
      try spend(text, name)
      position = field.next
    }
  }

  private mutating func spend(_ text: DataSection.Token, _ name: String) throws(DatabaseFault) {
    // The library also makes a few allocations for each text.
    textBudget -= text.size + 64
    if textBudget < 0 { throw .corrupt("the metadata has too much text in \(name)") }
  }

  private func field(
    _ name: String, _ kind: DataSection.Kind
  ) throws(DatabaseFault) -> DataSection.Token {
    guard let token = values[name] else { throw .corrupt("the metadata has no \(name)") }
    guard token.kind == kind else {
      throw .corrupt("\(name) in the metadata has the type \(token.kind), not \(kind)")
    }
    return token
  }
}
