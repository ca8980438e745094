import Text

extension URLForm {
  /// How many zero bytes `lastToDiffer` needs after a path.
  static let padding = MemoryLayout<Block>.size

  private typealias Block = SIMD16<UInt8>

  /// The last kind of form that may differ from the earlier forms. Later forms repeat them.
  ///
  /// - Parameter path: Begins with a slash. `padding` zero bytes follow it in memory.
  static func lastToDiffer(_ path: UnsafeBufferPointer<UInt8>) -> Kind {
    guard let bytes = path.baseAddress, unsafe mayDiffer(bytes, path.count) else { return .sent }
    // Without `;`, `\` and their escapes nothing is cut. Without escapes of `/` and `\` the segments stay the same.
    // So the forms after `decoded` give the same path as `decoded`, and for allow rules the same as `normalised`.
    var last = Kind.normalised
    var index = 0
    while index < path.count {
      let byte = unsafe bytes[index]
      index &+= 1
      if byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\\") { return .browser }
      guard byte == UInt8(ascii: "%") else { continue }
      // A malformed escape may become a valid one (`%%361`) in forms that decode twice.
      guard let high = unsafe bytes[index].hexadecimalValue,
        let low = unsafe bytes[index &+ 1].hexadecimalValue
      else { return .browser }
      index &+= 2
      switch high << 4 | low {
      case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: ";"): return .browser
      case let decoded: if !decoded.isUnreserved { last = .decoded }
      }
    }
    return last
  }

  /// Whether a path has `%`, `;` or `\`, or a slash followed by a slash or a dot. `padding` follows the path.
  @inline(__always)
  private static func mayDiffer(_ path: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    // Both operands are vectors, because the compiler compares a vector and a byte one byte at a time.
    let escapes = Block(repeating: UInt8(ascii: "%"))
    let semicolons = Block(repeating: UInt8(ascii: ";"))
    let backslashes = Block(repeating: UInt8(ascii: "\\"))
    let slashes = Block(repeating: UInt8(ascii: "/"))
    let ones = Block(repeating: 1)
    var found = SIMD2<UInt64>()
    var index = 0
    while index < count {
      let start = unsafe UnsafeRawPointer(path + index)
      let block = unsafe start.loadUnaligned(as: Block.self)
      let following = unsafe (start + 1).loadUnaligned(as: Block.self)
      // A dot with its lowest bit set is a slash.
      let pairs = (block .== slashes) .& ((following | ones) .== slashes)
      let mask =
        (block .== escapes) .| (block .== semicolons) .| (block .== backslashes) .| pairs
      found |= unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
      index &+= padding
    }
    return found.x | found.y != 0
  }

  /// Writes a path in this form.
  ///
  /// - Parameters:
  ///   - path: Begins with a slash.
  ///   - target: Has room for the length of the path, and does not overlap it.
  /// - Returns: The length of the result, which begins with a slash, and whether the path had both a run of slashes
  ///   and a dot segment, so that their order matters.
  func write(
    _ path: UnsafeBufferPointer<UInt8>, _ readings: Readings,
    to target: UnsafeMutablePointer<UInt8>
  ) -> (length: Int, hasRunsAndDots: Bool) {
    let first = unsafe resolve(target, readings.first.write(path, to: target))
    guard let reading = readings.second else { return first }
    let read = unsafe UnsafeBufferPointer(start: UnsafePointer(target), count: first.length)
    let second = unsafe resolve(target, reading.write(read, to: target))
    return (second.length, first.hasRunsAndDots || second.hasRunsAndDots)
  }

  /// Collapses slashes and removes dot segments, in place.
  private func resolve(
    _ path: UnsafeMutablePointer<UInt8>, _ read: (length: Int, mayResolve: Bool)
  ) -> (length: Int, hasRunsAndDots: Bool) {
    let length = read.length
    guard read.mayResolve else { return (length, false) }
    if removesDotsFirst {
      let undotted = unsafe Self.removeDotSegments(path, length)
      return unsafe (Self.collapseSlashes(path, undotted), false)
    }
    let collapsed = unsafe Self.collapseSlashes(path, length)
    let undotted = unsafe Self.removeDotSegments(path, collapsed)
    return (undotted, collapsed < length && undotted < collapsed)
  }

  /// In place.
  private static func collapseSlashes(_ path: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    var written = 0
    var read = 0
    var previous: UInt8 = 0
    while read < count {
      let byte = unsafe path[read]
      read &+= 1
      if byte == UInt8(ascii: "/") && previous == byte { continue }
      unsafe path[written] = byte
      written &+= 1
      previous = byte
    }
    return written
  }

  /// In place. `..` at the root stays at the root; a dot segment at the end leaves its slash.
  private static func removeDotSegments(_ path: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    var read = 0
    var written = 0
    // INVARIANT: `read` is at a slash, and `written <= read`.
    while read < count {
      let start = read &+ 1
      var end = start
      while end < count, unsafe path[end] != slash { end &+= 1 }
      let length = end &- start
      let isSingle = unsafe length == 1 && path[start] == dot
      let isDouble = unsafe length == 2 && path[start] == dot && path[start &+ 1] == dot
      if isDouble {
        while written > 0 {
          written &-= 1
          if unsafe path[written] == slash { break }
        }
      }
      if !isSingle && !isDouble {
        while read < end {
          unsafe path[written] = path[read]
          written &+= 1
          read &+= 1
        }
      } else if end == count {
        unsafe path[written] = slash
        written &+= 1
      }
      read = end
    }
    return written
  }
}

extension URLForm.Reading {
  /// Decodes and cuts in one pass. Returns the length of the result, which is at most the path's, and whether it has a
  /// slash followed by a slash or a dot. The target may be the path itself.
  ///
  /// A cut never divides an escape, because neither `;` nor `/` is a hexadecimal digit.
  fileprivate func write(
    _ path: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<UInt8>
  ) -> (length: Int, mayResolve: Bool) {
    guard let source = path.baseAddress else { return (0, false) }
    let count = path.count
    var read = 0
    var written = 0
    var isCut = false
    var mayResolve = false
    var previous: UInt8 = 0
    while read < count {
      var byte = unsafe source[read]
      read &+= 1
      if cut == .beforeDecoding { isCut = byte.isCut(after: isCut) }
      if byte == UInt8(ascii: "%"), count &- read >= 2,
        let high = unsafe source[read].hexadecimalValue,
        let low = unsafe source[read &+ 1].hexadecimalValue,
        escapes.contains(high << 4 | low)
      {
        byte = high << 4 | low
        read &+= 2
      }
      if takesBackslashes && byte == UInt8(ascii: "\\") { byte = UInt8(ascii: "/") }
      if cut == .afterDecoding { isCut = byte.isCut(after: isCut) }
      if isCut { continue }
      unsafe target[written] = byte
      written &+= 1
      // A dot with its lowest bit set is a slash.
      mayResolve = mayResolve || (previous == UInt8(ascii: "/") && byte | 1 == previous)
      previous = byte
    }
    return (written, mayResolve)
  }
}

extension URLForm.Escapes {
  fileprivate func contains(_ byte: UInt8) -> Bool {
    switch self {
    case .unreserved: byte.isUnreserved
    case .unreservedAndSeparators:
      byte.isUnreserved || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
        || byte == UInt8(ascii: ";")
    case .allButSlashAndNul: byte != UInt8(ascii: "/") && byte != 0
    case .allButNul: byte != 0
    }
  }
}

extension UInt8 {
  /// RFC 3986 §2.3.
  fileprivate var isUnreserved: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default:
      false
    }
  }

  /// Whether this byte of a path belongs to parameters, given the same for the byte before. `;` begins parameters,
  /// and a slash ends them.
  fileprivate func isCut(after isCut: Bool) -> Bool {
    self == UInt8(ascii: ";") || (isCut && self != UInt8(ascii: "/"))
  }
}
