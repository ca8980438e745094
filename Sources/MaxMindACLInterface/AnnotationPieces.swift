import CMaxMindACL
import MaxMindACL

/// The fields of `annotate`, precomputed so that writing a value allocates nothing.
///
/// INVARIANT: only `init` writes, so any thread may read.
@safe final class AnnotationPieces: @unchecked Sendable {
  /// A run of text, or a field of the decision.
  struct Piece {
    var field: AnnotationTemplate.Field?
    var start = 0
    var count = 0
  }

  /// One field of the request.
  struct Annotation {
    var name: StableBytes
    var pieces: Range<Int>
  }

  private let annotations: UnsafeMutableBufferPointer<Annotation>
  private let pieces: UnsafeMutableBufferPointer<Piece>
  private let literals: UnsafeMutableBufferPointer<UInt8>
  private let texts: UnsafeMutableBufferPointer<maxmind_acl_text>

  init(_ annotations: [Configuration.Annotation]) {
    var laidOut: [Annotation] = []
    var pieces: [Piece] = []
    var literals: [UInt8] = []
    for annotation in annotations {
      let first = pieces.count
      for part in annotation.value.parts {
        switch part {
        case .field(let field): pieces.append(Piece(field: field))
        case .literal(let bytes):
          pieces.append(Piece(start: literals.count, count: bytes.count))
          literals += bytes
        }
      }
      laidOut.append(
        Annotation(name: StableBytes(Array(annotation.name.utf8)), pieces: first..<pieces.count))
    }
    unsafe self.annotations = Self.copied(laidOut)
    unsafe self.pieces = Self.copied(pieces)
    unsafe self.literals = Self.copied(literals)
    unsafe texts = Self.copied(laidOut.map { unsafe $0.name.text })
  }

  private static func copied<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element>
  {
    let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    _ = unsafe copy.initialize(fromContentsOf: elements)
    return unsafe copy
  }

  deinit {
    unsafe annotations.deinitialize().deallocate()
    unsafe pieces.deinitialize().deallocate()
    unsafe literals.deallocate()
    unsafe texts.deallocate()
  }

  var count: Int { unsafe annotations.count }

  /// The names of the fields, for C.
  @unsafe var names: UnsafePointer<maxmind_acl_text>? { unsafe UnsafePointer(texts.baseAddress) }

  /// Whether an origin may take a field with this name for one of these.
  func has(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    while index < count {
      let own = unsafe annotations[index].name
      if unsafe areOneVariable(bytes(own.start, own.count), name) { return true }
      index &+= 1
    }
    return false
  }

  /// Writes a value. `field` writes a part of the decision, and returns false if that part is unknown. Then there is
  /// no value, and this returns false.
  func write(
    _ index: Int, to text: inout TextWriter,
    field: (AnnotationTemplate.Field, inout TextWriter) -> Bool
  ) -> Bool {
    guard index >= 0, index < count else { return false }
    var number = unsafe annotations[index].pieces.lowerBound
    let end = unsafe annotations[index].pieces.upperBound
    while number < end, unsafe number < pieces.count {
      let piece = unsafe pieces[number]
      if let name = piece.field {
        guard field(name, &text) else { return false }
      } else if let start = unsafe literals.baseAddress {
        unsafe text.append(start + piece.start, piece.count)
      }
      number &+= 1
    }
    return true
  }
}
