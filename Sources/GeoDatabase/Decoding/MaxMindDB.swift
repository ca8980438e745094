import CMaxMindDB
import Platform

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

  /// A field of the record at an offset of the data section.
  ///
  /// Only for records that have passed a `BoundedWalk`.
  func value(at path: LookUpPath, inRecordAt offset: UInt32) -> Value {
    var entry = unsafe MMDB_entry_s(mmdb: handle, offset: offset)
    var data = unsafe MMDB_entry_data_s()
    let status = unsafe MMDB_aget_value(&entry, &data, path.elements)
    guard status == MMDB_SUCCESS, unsafe data.has_data else { return .unreadable }
    switch unsafe Int32(data.type) {
    case MMDB_DATA_TYPE_BOOLEAN:
      return unsafe .boolean(data.boolean)
    case MMDB_DATA_TYPE_UTF8_STRING:
      let bytes = unsafe UnsafeRawBufferPointer(start: data.utf8_string, count: Int(data.data_size))
      return unsafe CountryCode(recorded: bytes).map(Value.country) ?? .noCountry
    default:
      return .unreadable
    }
  }

  /// The value of a field that rules can use.
  enum Value {
    case country(CountryCode)
    /// An empty text, or `-`.
    case noCountry
    case boolean(Bool)
    case unreadable
  }
}

/// The names that lead from a record to one of its fields, in libmaxminddb's form.
///
/// INVARIANT: until `deinit`, `elements` is `count` C strings that this value owns, and a NULL. Nothing writes to them.
@safe final class LookUpPath: @unchecked Sendable {
  private let copies: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let count: Int

  init(_ names: String...) {
    count = names.count
    unsafe copies = .allocate(capacity: names.count + 1)
    for (index, name) in names.enumerated() {
      unsafe (copies + index).initialize(to: UnsafePointer(strdup(name)))
    }
    unsafe (copies + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { unsafe free(UnsafeMutablePointer(mutating: copies[index])) }
    unsafe copies.deallocate()
  }

  var elements: UnsafePointer<UnsafePointer<CChar>?> { unsafe UnsafePointer(copies) }
}
