/// The method of a request, such as `GET`. Methods differ in case (RFC 9110 §9.1).
package struct RequestMethod: Hashable, Sendable {
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0

  /// The longest method of a rule, in bytes.
  package static let longest = 24

  /// GET.
  package static var get: RequestMethod { RequestMethod(first: 0x47_45_54) }

  private init(first: UInt64) {
    self.first = first
  }

  /// A method from its bytes. Nil: empty. One that is too long for any rule equals no method of a rule. Does not
  /// allocate.
  package init?(_ bytes: Span<UInt8>) {
    guard !bytes.isEmpty else { return nil }
    guard bytes.count <= Self.longest else {
      // A client must not cause an error by a long method.
      third = .max
      return
    }
    var index = 0
    while index < bytes.count {
      third = third &<< 8 | second &>> 56
      second = second &<< 8 | first &>> 56
      first = first &<< 8 | UInt64(bytes[index])
      index &+= 1
    }
  }
}

extension RequestMethod: CustomStringConvertible {
  /// The text of a method that a rule can name.
  package var description: String {
    let bytes = [third, second, first].flatMap { word in
      (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
    }
    return String(decoding: bytes.drop { $0 == 0 }, as: UTF8.self)
  }
}

/// What a request has besides its client, header fields and URL.
package struct Circumstances: Sendable {
  /// The method; nil: unknown.
  package var method: RequestMethod?
  /// The time of the request, in seconds since 1970.
  package var now: Int64

  /// Circumstances from their parts.
  package init(method: RequestMethod?, now: Int64) {
    self.method = method
    self.now = now
  }
}
