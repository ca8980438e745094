/// The number of a distinct record in an `AnswerCache`.
///
/// No other record ever gets the same number. A reader that has precomputed something for a record keeps the number
/// beside it, and compares.
package struct AnswerNumber: Hashable, Sendable {
  /// The index, below `AnswerCache.mostRecords`. Another record may take it later.
  package let index: UInt32
  /// How many records had the index before. At most 31 bits, and never 0.
  package let generation: UInt32

  init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation & 0x7FFF_FFFF
  }
}

/// An entry of an `AnswerCache`.
package struct CachedAnswer: Hashable, Sendable {
  /// The number of the record.
  package var number: AnswerNumber
  /// Whether the service does not know the network.
  package var isNegative: Bool
  /// Until when the answer is used without a question, in seconds since 1970.
  package var freshUntil: UInt32
  /// Until when the answer is used if the service fails, in seconds since 1970. Not before `freshUntil`.
  package var staleUntil: UInt32

  /// Whether the answer needs no question.
  package func isFresh(at now: UInt32) -> Bool { now < freshUntil }
}

extension CachedAnswer {
  /// The number and the sign of a negative answer. Never 0.
  var packedValue: UInt64 {
    UInt64(number.index) | UInt64(number.generation) << 32 | (isNegative ? 1 << 63 : 0)
  }

  var packedTimes: UInt64 { UInt64(freshUntil) << 32 | UInt64(staleUntil) }

  init(packedValue value: UInt64, packedTimes times: UInt64) {
    number = AnswerNumber(
      index: UInt32(truncatingIfNeeded: value), generation: UInt32(truncatingIfNeeded: value >> 32))
    isNegative = value >> 63 == 1
    freshUntil = UInt32(truncatingIfNeeded: times >> 32)
    staleUntil = UInt32(truncatingIfNeeded: times)
  }
}
