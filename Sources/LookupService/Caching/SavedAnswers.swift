import Addresses
import GeoDatabase

/// The entries of a cache as the bytes of a file.
///
/// The file begins with a mark and the version of the form, then has the source, the prefix lengths, the names of the
/// flags, the distinct records, the entries, and a checksum of all that. It is damaged or complete: nothing of a
/// damaged file is used.
struct SavedAnswers {
  /// An entry with the index of its record.
  struct Entry: Hashable {
    var network: Address
    var freshUntil: UInt32
    var staleUntil: UInt32
    var record: Int
    var isNegative: Bool
  }

  /// Identifies the service and the shape of its answers.
  var source: UInt64
  var prefixes: NetworkPrefixes
  var records: [Record] = []
  var entries: [Entry] = []

  private static let mark = Array("maxmind-acl lookups\n".utf8)
  private static let version: UInt32 = 1
  private static let entrySize = 29
  private static let smallestRecord = 17
  /// The most subdivisions of a record.
  private static let mostSubdivisions = 255

  /// The most bytes of a file with so many entries, whose records are not larger than an `AnswerReader` makes them.
  static func mostBytes(entries: Int) -> Int { 4_096 + 2_048 * entries }

  /// Each flag with its name in the file. The bits have no meaning outside the process.
  private static let flagNames: [(name: String, flag: AnonymityFlags)] =
    AnonymityFlags.table.map { ($0.name, $0.flag) }
    + (0..<AnonymityFlags.ownCount).compactMap { index in
      AnonymityFlags.own(index).map { ("own \(index)", $0) }
    }

  init(source: UInt64, prefixes: NetworkPrefixes) {
    self.source = source
    self.prefixes = prefixes
  }

  // MARK: - Writing

  /// The bytes of the file.
  var bytes: [UInt8] {
    var writer = SavedBytesWriter()
    writer.append(text: Self.mark)
    writer.append(Self.version)
    writer.append(source)
    writer.append(UInt8(prefixes.ipv4))
    writer.append(UInt8(prefixes.ipv6))
    writer.append(UInt8(Self.flagNames.count))
    for flag in Self.flagNames { writer.append(text: flag.name.utf8) }
    writer.append(UInt32(records.count))
    for record in records { Self.append(record, to: &writer) }
    writer.append(UInt32(entries.count))
    for entry in entries {
      writer.append(entry.network.highBits)
      writer.append(entry.network.lowBits)
      writer.append(entry.freshUntil)
      writer.append(entry.staleUntil)
      writer.append(UInt32(entry.record))
      writer.append(UInt8(entry.isNegative ? 1 : 0))
    }
    writer.appendChecksum()
    return writer.bytes
  }

  private static func append(_ record: Record, to writer: inout SavedBytesWriter) {
    for place in [record.country, record.registeredCountry, record.continent] {
      writer.append(text: place.readable?.text ?? [])
    }
    let subdivisions = (record.subdivisions.readable ?? []).prefix(mostSubdivisions)
    writer.append(UInt8(subdivisions.count))
    for place in subdivisions { writer.append(text: place.text) }
    writer.append(record.asn.readable ?? 0)
    writer.append(text: (record.organisation ?? "").utf8)
    var mask: UInt32 = 0
    for (bit, flag) in flagNames.enumerated() where record.flags.contains(flag.flag) {
      mask |= 1 << UInt32(bit)
    }
    writer.append(mask)
  }

  // MARK: - Reading

  /// The content of a file.
  init(_ bytes: [UInt8]) throws(SavedAnswersError) {
    guard bytes.dropFirst(2).starts(with: Self.mark) else {
      throw SavedAnswersError("the file is not one of saved answers", at: 0)
    }
    var reader = try SavedBytesReader(bytes)
    _ = try reader.text()
    let version = try reader.number(UInt32.self)
    guard version == Self.version else {
      throw SavedAnswersError(
        "the file has the form \(version), this program reads \(Self.version)",
        at: reader.place - 4)
    }
    source = try reader.number()
    let (ipv4, ipv6) = (try reader.number(UInt8.self), try reader.number(UInt8.self))
    guard let prefixes = NetworkPrefixes(ipv4: Int(ipv4), ipv6: Int(ipv6)) else {
      throw SavedAnswersError("the file has an impossible prefix", at: reader.place - 2)
    }
    self.prefixes = prefixes
    var flags: [AnonymityFlags] = []
    for _ in 0..<(try reader.number(UInt8.self)) {
      let name = String(decoding: try reader.text(), as: UTF8.self)
      flags.append(Self.flagNames.first { $0.name == name }?.flag ?? [])
    }
    for _ in 0..<(try reader.count(ofItems: Self.smallestRecord)) {
      records.append(try Self.record(&reader, flags))
    }
    let count = try reader.count(ofItems: Self.entrySize)
    entries.reserveCapacity(count)
    for _ in 0..<count { entries.append(try entry(&reader)) }
    guard reader.isAtEnd else {
      throw SavedAnswersError("the file goes on after its end", at: reader.place)
    }
  }

  private static func record(
    _ reader: inout SavedBytesReader, _ flags: [AnonymityFlags]
  ) throws(SavedAnswersError) -> Record {
    var record = Record()
    record.country = place(try reader.text())
    record.registeredCountry = place(try reader.text())
    record.continent = place(try reader.text())
    var subdivisions: [PlaceCode] = []
    for _ in 0..<(try reader.number(UInt8.self)) {
      if let code = PlaceCode(recorded: try reader.text()) { subdivisions.append(code) }
    }
    record.subdivisions = subdivisions.isEmpty ? .absent : .value(subdivisions)
    let asn = try reader.number(UInt32.self)
    record.asn = asn == 0 ? .absent : .value(asn)
    let organisation = String(decoding: try reader.text(), as: UTF8.self)
    record.organisation = organisation.isEmpty ? nil : organisation
    let mask = try reader.number(UInt32.self)
    for (bit, flag) in flags.prefix(32).enumerated() where mask >> UInt32(bit) & 1 == 1 {
      record.flags.formUnion(flag)
    }
    return record
  }

  private static func place(_ text: ArraySlice<UInt8>) -> FieldValue<PlaceCode> {
    PlaceCode(recorded: text).map(FieldValue.value) ?? .absent
  }

  private func entry(_ reader: inout SavedBytesReader) throws(SavedAnswersError) -> Entry {
    let start = reader.place
    let high = try reader.number(UInt64.self)
    let low = try reader.number(UInt64.self)
    let entry = Entry(
      network: Address(ipv6: UInt128(high) << 64 | UInt128(low)),
      freshUntil: try reader.number(), staleUntil: try reader.number(),
      record: Int(try reader.number(UInt32.self)),
      isNegative: try reader.number(UInt8.self) == 1)
    guard entry.record < records.count, prefixes.network(of: entry.network) == entry.network
    else { throw SavedAnswersError("an entry is damaged", at: start) }
    return entry
  }
}

/// Why a file of saved answers is not used.
package struct SavedAnswersError: Error, Hashable, Sendable {
  /// One sentence without the path and without a full stop.
  package let message: String
  /// The offset of the byte in the file. Nil: the file as a whole.
  package let offset: Int?

  /// An error at an offset.
  package init(_ message: String, at offset: Int? = nil) {
    self.message = message
    self.offset = offset
  }

  /// The message with its place: `the file is damaged at byte 5`.
  package var description: String { message + (offset.map { " at byte \($0 + 1)" } ?? "") }
}
