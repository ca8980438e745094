import Files

/// The databases of the process by file and fields, as weak references.
final class LoadedDatabases: Sendable {
  static let shared = LoadedDatabases()

  /// A file and the fields of a load.
  struct Key: Hashable {
    var identity: FileIdentity
    var selection: FieldSelection
  }

  private let slots = Locked<[Key: Entry]>([:])

  /// The database of a key, loaded if there is none. A second caller waits for the first. If the first fails, the
  /// second tries itself.
  func database(
    for key: Key, load: () throws(DatabaseFault) -> GeoDatabase
  ) throws(DatabaseFault) -> GeoDatabase {
    let slot = enter(key)
    defer { leave(key) }
    return try slot.database.withLock { known throws(DatabaseFault) in
      if let database = known.database { return database }
      let database = try load()
      known.database = database
      return database
    }
  }

  private func enter(_ key: Key) -> Slot {
    slots.withLock { slots in
      var entry = slots[key] ?? Entry(slot: Slot())
      entry.callers += 1
      slots[key] = entry
      return entry.slot
    }
  }

  private func leave(_ key: Key) {
    slots.withLock { slots in
      slots[key]?.callers -= 1
      // A slot without callers is not being loaded, so that `isUsed` does not wait.
      slots = slots.filter { _, entry in entry.callers > 0 || entry.slot.isUsed }
    }
  }

  /// How many keys are remembered.
  var count: Int { slots.withLock { $0.count } }

  private struct Entry {
    let slot: Slot
    /// How many threads are between `enter` and `leave`.
    var callers = 0
  }

  private final class Slot: Sendable {
    let database = Locked(Known())

    var isUsed: Bool { database.withLock { $0.database != nil } }
  }

  private struct Known {
    weak var database: GeoDatabase?
  }
}
