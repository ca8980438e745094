import Addresses
import GeoDatabase

/// The way from an address to the outcomes of its fields, over all databases of a policy.
///
/// INVARIANT: only `init` writes, so any thread may read. `databases` keeps the databases of `sources` alive, and
/// `classes` the memory of `columns`.
@safe final class RecordTables: @unchecked Sendable {
  /// A database with the range of its columns.
  @safe private struct Source {
    var database: Unmanaged<GeoDatabase>
    var first: Int
    var end: Int
  }

  /// One field of one database: the outcome of each record.
  @safe private struct Column {
    var slot: Int
    var numbers: RecordNumbers.View
    /// The outcomes of the slot. Number 0 is the absent field.
    var outcomes: UnsafePointer<FieldOutcome>
  }

  private static let registeredSlot = RecordField.registeredCountry.slot
  private static let flagSlot = RecordField.organisation.slot

  /// A database besides the primary one.
  @safe private struct Other {
    var database: Unmanaged<GeoDatabase>
    /// One bit for each record, set if the record changes the plan of a client whatever the primary database has.
    var changing: UnsafeMutablePointer<UInt64>
    /// The same with the records that change a plan which is `completable`.
    var completing: UnsafeMutablePointer<UInt64>
    var count: Int
  }

  /// The databases that decisions read, in the order of the configuration.
  let databases: [GeoDatabase]
  /// The index of the first database with a country, or else of the first. Its records have precomputed plans.
  let primary: Int
  private let others: UnsafeMutableBufferPointer<Other>
  /// One bit for each slot whose value comes from the primary database alone.
  private let fixedSlots: UInt8
  private let numbers: [RecordNumbers]
  private let sources: UnsafeMutableBufferPointer<Source>
  private let columns: UnsafeMutableBufferPointer<Column>
  private let outcomes: UnsafeMutableBufferPointer<FieldOutcome>
  private let absent: ClientRecord
  /// The fields of clients without an address: all unreadable.
  let unreadable: ClientRecord
  private let absentRegistered: UnsafePointer<FieldOutcome>
  /// Whether the registered country precedes the country.
  private let prefersRegistered: Bool

  /// - Parameter outcome: The outcome of a field's value.
  init(
    _ databases: [GeoDatabase], _ configuration: Configuration,
    outcome: (RecordField, FieldValue<FieldKey>) -> FieldOutcome
  ) {
    let countryFrom = configuration.countryFrom
    let flags = configuration.readFlags.reduce(into: AnonymityFlags()) { $0.formUnion($1.value) }
    var builders = RecordField.allCases.sorted { $0.slot < $1.slot }.map { field in
      OutcomeBuilder(
        absent: field == .organisation ? FieldOutcome() : outcome(field, .absent),
        unreadable: field == .organisation ? FieldOutcome() : outcome(field, .unreadable))
    }
    // Decisions report the country, even if no rule reads it.
    let read = Set(RecordField.decisive.filter { $0 != .country && configuration.reads($0) })
      .union(countryFrom)
    var laidOut: [(database: GeoDatabase, columns: [(slot: Int, numbers: RecordNumbers)])] = []
    for database in databases {
      var columns: [(slot: Int, numbers: RecordNumbers)] = []
      func add(_ slot: Int, _ number: (Record) -> UInt32) {
        let numbers = RecordNumbers(database.records.map(number))
        if !numbers.isZero { columns.append((slot, numbers)) }
      }
      for field in RecordField.allCases where read.contains(field) && database.serves(field) {
        add(field.slot) { record in
          builders[field.slot].number(of: record.key(of: field)) { outcome(field, .value($0)) }
        }
      }
      let served = flags.intersection(database.servedFlags)
      if !served.isEmpty { add(Self.flagSlot) { builders[Self.flagSlot].number(of: $0, served) } }
      if !columns.isEmpty { laidOut.append((database, columns)) }
    }
    let countrySlots = Set([RecordField.country.slot, Self.registeredSlot])
    let slots = laidOut.map { Set($0.columns.map(\.slot)) }
    let primary = slots.firstIndex { !$0.isDisjoint(with: countrySlots) } ?? 0
    self.primary = primary
    self.databases = laidOut.map(\.database)
    unsafe others = .allocate(capacity: max(0, laidOut.count - 1))
    for (place, index) in laidOut.indices.filter({ $0 != primary }).enumerated() {
      let (database, columns) = laidOut[index]
      let count = database.records.count
      let hidden = index < primary ? slots[primary] : []
      let bits = Self.changes(columns, count, builders, hiding: hidden)
      let size = bits.changing.count
      // Without named rules, both are the same.
      let isOne = bits.changing == bits.completing
      let words = UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, isOne ? size : 2 * size))
      for (index, word) in (bits.changing + (isOne ? [] : bits.completing)).enumerated() {
        unsafe (words + index).initialize(to: word)
      }
      let other = unsafe Other(
        database: Unmanaged.passUnretained(database), changing: words,
        completing: isOne ? words : words + size, count: count)
      unsafe others.initializeElement(at: place, to: other)
    }
    fixedSlots = Self.fixedSlots(slots, primary: primary)
    numbers = laidOut.flatMap { $0.columns.map(\.numbers) }
    prefersRegistered = countryFrom.first == .registeredCountry

    unsafe outcomes = .allocate(capacity: builders.reduce(0) { $0 + $1.outcomes.count })
    var starts: [UnsafePointer<FieldOutcome>] = unsafe []
    unsafe starts.reserveCapacity(builders.count)
    var used = 0
    for builder in builders {
      let part = unsafe UnsafeMutableBufferPointer(rebasing: outcomes[used...])
      _ = unsafe part.initialize(fromContentsOf: builder.outcomes)
      used += builder.outcomes.count
      if let start = part.baseAddress { unsafe starts.append(UnsafePointer(start)) }
    }
    unsafe absentRegistered = starts[Self.registeredSlot]
    unsafe absent = ClientRecord([starts[0], starts[1], starts[2], starts[3]])
    var unreadable = unsafe ClientRecord([
      starts[0] + 1, starts[1] + 1, starts[2] + 1, starts[3] + 1,
    ])
    unreadable.unreadableFlags = .max
    self.unreadable = unreadable

    unsafe sources = .allocate(capacity: laidOut.count)
    unsafe columns = .allocate(capacity: numbers.count)
    var end = 0
    for (index, source) in laidOut.enumerated() {
      let first = end
      for column in source.columns {
        let place = unsafe Column(
          slot: column.slot, numbers: column.numbers.view, outcomes: starts[column.slot])
        unsafe columns.initializeElement(at: end, to: place)
        end += 1
      }
      let database = unsafe Unmanaged.passUnretained(source.database)
      unsafe sources.initializeElement(
        at: index, to: Source(database: database, first: first, end: end))
    }
  }

  deinit {
    for index in unsafe others.indices { unsafe others[index].changing.deallocate() }
    unsafe others.deallocate()
    unsafe sources.deallocate()
    unsafe columns.deallocate()
    unsafe outcomes.deallocate()
  }

  /// One bit for each record of a source that changes plans, and one that changes completable plans.
  private static func changes(
    _ columns: [(slot: Int, numbers: RecordNumbers)], _ count: Int, _ builders: [OutcomeBuilder],
    hiding: Set<Int>
  ) -> (changing: [UInt64], completing: [UInt64]) {
    var changing = [UInt64](repeating: 0, count: (count + 63) / 64)
    var completing = changing
    for column in columns {
      let outcomes = builders[column.slot].outcomes
      // A value without effect still hides the value of a later database.
      let changes = outcomes.map { hiding.contains(column.slot) || !$0.hasEffect(of: outcomes[0]) }
      let completes = outcomes.map { $0.ruleWords != outcomes[0].ruleWords }
      for record in 0..<count {
        let number = Int(
          column.numbers.view.number(of: UInt32(truncatingIfNeeded: record + 1)))
        let bit: UInt64 = number > 0 ? 1 << UInt64(record % 64) : 0
        if changes[number] { changing[record / 64] |= bit }
        if changes[number] || completes[number] { completing[record / 64] |= bit }
      }
    }
    return (changing, completing)
  }

  /// The slots that no database but the primary one has a column for.
  private static func fixedSlots(_ slots: [Set<Int>], primary: Int) -> UInt8 {
    var fixed = UInt8.max
    for (index, slots) in slots.enumerated() where index != primary {
      for slot in slots {
        fixed &= ~(1 << UInt8(slot == registeredSlot ? RecordField.country.slot : slot))
      }
    }
    return fixed
  }

  /// Whether the values of other databases can complete the conditions of a named rule for a record of the primary
  /// database.
  func isCompletable(_ record: ClientRecord, by named: NamedRules?) -> Bool {
    guard let named else { return false }
    return named.mayMatch(named.deny, record, fixed: fixedSlots)
      || named.mayMatch(named.allow, record, fixed: fixedSlots)
  }

  /// Whether the plan of a client's record in the primary database is the client's plan: no other database has a value
  /// that changes it. Neither allocates, nor locks, nor traps.
  @inline(__always)
  func planIsPrimary(for address: Address, isCompletable: Bool) -> Bool {
    var index = 0
    while unsafe index < others.count {
      let other = unsafe others[index]
      index &+= 1
      let leaf = unsafe other.database._withUnsafeGuaranteedRef { database in
        address.isIPv4
          ? database.recordLeaf(ipv4: address.low32) : database.recordLeaf(for: address)
      }
      let record = Int(leaf) &- 1
      let words = unsafe isCompletable ? other.completing : other.changing
      if record >= 0, record < other.count,
        unsafe words[record / 64] &>> UInt64(record & 63) & 1 != 0
      {
        return false
      }
    }
    return true
  }

  /// The outcomes of a client's fields. Neither allocates, nor locks, nor traps.
  func record(for address: Address) -> ClientRecord {
    unsafe record { unsafe $1._withUnsafeGuaranteedRef { $0.recordLeaf(for: address) } }
  }

  /// The outcomes of a record of the primary database, by its number plus one, for clients that no other database
  /// knows.
  func record(ofPrimaryLeaf leaf: UInt32) -> ClientRecord {
    let primary = primary
    return unsafe record { source, _ in source == primary ? leaf : 0 }
  }

  @inline(__always)
  private func record(_ leafIn: (Int, Unmanaged<GeoDatabase>) -> UInt32) -> ClientRecord {
    var record = absent
    var registered = unsafe absentRegistered
    var index = 0
    while unsafe index < sources.count {
      let source = unsafe sources[index]
      let leaf = unsafe leafIn(index, source.database)
      index &+= 1
      var next = source.first
      while next < source.end {
        let column = unsafe columns[next]
        next &+= 1
        let number = column.numbers.number(of: leaf)
        if number == 0 { continue }
        let outcome = unsafe column.outcomes + Int(number)
        if column.slot == Self.flagSlot {
          unsafe record.flags |= outcome.pointee.flags
          unsafe record.unreadableFlags |= outcome.pointee.unreadableFlags
        } else if column.slot == Self.registeredSlot {
          if unsafe !registered.pointee.isPresent { unsafe registered = outcome }
        } else if unsafe !record[column.slot].pointee.isPresent {
          unsafe record[column.slot] = outcome
        }
      }
    }
    let country = RecordField.country.slot
    if unsafe registered.pointee.isPresent,
      unsafe prefersRegistered || !record[country].pointee.isPresent
    {
      unsafe record[country] = registered
    }
    return record
  }
}

/// Numbers the distinct outcomes of a slot. 0: absent. 1: unreadable.
private struct OutcomeBuilder {
  private(set) var outcomes: [FieldOutcome]
  private var numbers: [FieldOutcome: UInt32] = [:]
  private var known: [FieldKey: UInt32] = [:]

  init(absent: FieldOutcome, unreadable: FieldOutcome) {
    outcomes = [absent, unreadable]
  }

  mutating func number(
    of value: FieldValue<FieldKey>, _ outcome: (FieldKey) -> FieldOutcome
  ) -> UInt32 {
    switch value {
    case .absent: return 0
    case .unreadable: return 1
    case .value(let key):
      if let number = known[key] { return number }
      let number = number(of: outcome(key))
      known[key] = number
      return number
    }
  }

  /// The number for the wanted flags of a record.
  mutating func number(of record: Record, _ wanted: AnonymityFlags) -> UInt32 {
    var outcome = FieldOutcome()
    outcome.flags = record.flags.intersection(wanted).rawValue
    outcome.unreadableFlags = record.unreadableFlags.intersection(wanted).rawValue
    return outcome == FieldOutcome() ? 0 : number(of: outcome)
  }

  private mutating func number(of outcome: FieldOutcome) -> UInt32 {
    if let number = numbers[outcome] { return number }
    let number = UInt32(truncatingIfNeeded: outcomes.count)
    numbers[outcome] = number
    outcomes.append(outcome)
    return number
  }
}

/// One small number for each record of a database.
///
/// Equal blocks of 16 numbers are stored once: a column for a few of 75,000 networks takes some 20 kB.
///
/// INVARIANT: only `init` writes, so any thread may read. Each block of `places` is inside `blocks`.
@safe final class RecordNumbers: @unchecked Sendable {
  private let places: UnsafeMutableBufferPointer<UInt32>
  private let blocks: UnsafeMutableBufferPointer<UInt32>
  private let count: Int
  /// Whether all numbers are 0.
  let isZero: Bool

  private static let blockSize = 16

  /// - Parameter numbers: The number of each record.
  init(_ numbers: [UInt32]) {
    count = numbers.count
    isZero = numbers.allSatisfy { $0 == 0 }
    var blocks: [UInt32] = []
    var known: [ArraySlice<UInt32>: UInt32] = [:]
    var places: [UInt32] = []
    for start in stride(from: 0, to: numbers.count, by: Self.blockSize) {
      var block = numbers[start..<min(start + Self.blockSize, numbers.count)]
      while block.count < Self.blockSize { block.append(0) }
      if let place = known[block] {
        places.append(place)
      } else {
        let place = UInt32(truncatingIfNeeded: blocks.count)
        known[block] = place
        places.append(place)
        blocks += block
      }
    }
    unsafe self.places = .allocate(capacity: places.count)
    _ = unsafe self.places.initialize(fromContentsOf: places)
    unsafe self.blocks = .allocate(capacity: blocks.count)
    _ = unsafe self.blocks.initialize(fromContentsOf: blocks)
  }

  deinit {
    unsafe places.deallocate()
    unsafe blocks.deallocate()
  }

  var view: View {
    unsafe View(places: places.baseAddress, blocks: blocks.baseAddress, count: count)
  }

  /// The numbers, without a reference count. Valid while the owner lives.
  @safe struct View {
    fileprivate let places: UnsafeMutablePointer<UInt32>?
    fileprivate let blocks: UnsafeMutablePointer<UInt32>?
    fileprivate let count: Int

    /// The number of a record, by its own number plus one. 0: the address is not in the database.
    @inline(__always)
    func number(of leaf: UInt32) -> UInt32 {
      let record = Int(leaf) &- 1
      guard record >= 0, record < count, let places = unsafe places, let blocks = unsafe blocks
      else { return 0 }
      return unsafe blocks[Int(places[record / 16]) &+ (record & 15)]
    }
  }
}
