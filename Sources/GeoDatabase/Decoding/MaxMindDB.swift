import CMaxMindDB
import Platform
import Text

/// A database that libmaxminddb has opened and mapped.
///
/// INVARIANT: `handle` points to an opened `MMDB_s` at a fixed place until `deinit`. The library does not write to it
/// after opening.
@safe final class MaxMindDB {
  private let handle: UnsafeMutablePointer<MMDB_s>
  let nodeCount: UInt32

  init(path: String) throws(DatabaseFault) {
    let handle = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
    unsafe handle.initialize(to: MMDB_s())
    let status = unsafe MMDB_open(path, UInt32(MMDB_MODE_MMAP), handle)
    guard status == MMDB_SUCCESS else {
      unsafe handle.deallocate()
      throw Self.fault(status, path: path)
    }
    nodeCount = unsafe handle.pointee.metadata.node_count
    unsafe self.handle = handle
  }

  private static func fault(_ status: CInt, path: String) -> DatabaseFault {
    switch status {
    case MMDB_FILE_OPEN_ERROR:
      return DatabaseFault(
        .noResources, "cannot open the copy in memory as \(path), which needs /proc")
    case MMDB_OUT_OF_MEMORY_ERROR, MMDB_IO_ERROR:
      return DatabaseFault(.noResources, "libmaxminddb cannot get memory for the database")
    default:
      return .corrupt("libmaxminddb refuses it: \(unsafe String(cString: MMDB_strerror(status)))")
    }
  }

  deinit {
    unsafe MMDB_close(handle)
    unsafe handle.deallocate()
  }

  /// The value at an offset of the data section.
  ///
  /// The caller has followed pointers and verified the field with `DataSection`. Without a path the library visits no
  /// other field.
  func value(at offset: Int) -> Value {
    guard let offset = UInt32(exactly: offset) else { return .unreadable }
    var entry = unsafe MMDB_entry_s(mmdb: handle, offset: offset)
    var data = unsafe MMDB_entry_data_s()
    var endOfPath: UnsafePointer<CChar>?
    let status = unsafe MMDB_aget_value(&entry, &data, &endOfPath)
    guard status == MMDB_SUCCESS, unsafe data.has_data else { return .unreadable }
    switch unsafe Int32(data.type) {
    case MMDB_DATA_TYPE_BOOLEAN: return unsafe .boolean(data.boolean)
    case MMDB_DATA_TYPE_UTF8_STRING:
      return unsafe .text(RecordText(start: data.utf8_string, count: Int(data.data_size)))
    case MMDB_DATA_TYPE_UINT16: return unsafe .number(UInt64(data.uint16))
    case MMDB_DATA_TYPE_UINT32: return unsafe .number(UInt64(data.uint32))
    case MMDB_DATA_TYPE_UINT64: return unsafe .number(data.uint64)
    case MMDB_DATA_TYPE_INT32:
      // mmdb-writer, which many vendors use, writes small numbers with this type.
      return unsafe UInt64(exactly: data.int32).map(Value.number) ?? .unreadable
    case MMDB_DATA_TYPE_MAP: return .map
    default: return .unreadable
    }
  }

  /// The value of a field that rules can use.
  enum Value {
    /// The record has no such field.
    case absent
    case text(RecordText)
    case number(UInt64)
    case boolean(Bool)
    case map
    /// A damaged field, or another type.
    case unreadable
  }
}

/// The bytes of a text in a record.
///
/// INVARIANT: `start` has `count` readable bytes as long as the `MaxMindDB` that returned the text lives. Texts stay
/// within a call of `RecordReader`, which keeps the database.
@safe struct RecordText: RandomAccessCollection {
  private let start: UnsafePointer<CChar>?
  let count: Int

  @unsafe init(start: UnsafePointer<CChar>?, count: Int) {
    unsafe self.start = start
    self.count = unsafe start == nil ? 0 : count
  }

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  subscript(index: Int) -> UInt8 {
    guard let start = unsafe start, index >= 0, index < count else { return 0 }
    return unsafe UInt8(bitPattern: start[index])
  }

  /// Whether the text stands for no value: it is empty or `-`.
  var isAbsent: Bool { isEmpty || (count == 1 && self[0] == UInt8(ascii: "-")) }

  /// Compares with a lower-case text, without regard to case.
  func matches(_ lowerCase: StaticString) -> Bool {
    lowerCase.withUTF8Buffer { other in
      unsafe elementsEqual(other) { $0 | 0x20 == $1 }
    }
  }

  /// The number of an autonomous system: `AS64496` or `64496`. Nil: another text, or the number has more than 32 bits.
  var asn: UInt32? {
    let digits =
      count > 2 && prefix(2).elementsEqual("as".utf8) { $0 | 0x20 == $1 }
      ? dropFirst(2) : self[...]
    guard (1...10).contains(digits.count), digits.allSatisfy(\.isASCIIDigit) else { return nil }
    return UInt32(exactly: digits.reduce(0) { $0 * 10 + UInt64($1 & 0x0F) })
  }
}
