import Addresses
import Synchronization
import Testing

@testable import LookupService

/// Reads slots without a lock while a writer changes them.
@Suite struct SlotWordsTests {
  /// The content of a slot in a round of the writer: two networks in turn.
  private static func content(_ round: UInt32) -> (network: Address, entry: CachedAnswer) {
    (
      Address(ipv6: UInt128(1 + round % 2) << 64 | UInt128(1 + round % 2)),
      CachedAnswer(
        number: AnswerNumber(index: round, generation: round + 1), isNegative: round % 3 == 0,
        freshUntil: round, staleUntil: round + 7)
    )
  }

  @Test("a reader finds the content of one round, whole")
  func whole() async {
    let words = SlotWords(atLeast: 8)
    let isWriting = Atomic<Bool>(true)
    let found = Atomic<Int>(0)
    let mixed = Atomic<Int>(0)
    await onThreads(3) { thread in
      if thread == 0 {
        var round: UInt32 = 0
        // Until readers had their share, but not forever.
        while round < 20_000_000, found.load(ordering: .relaxed) < 300_000 {
          words.set(5, round % 16 == 15 ? nil : Self.content(round))
          round += 1
        }
        isWriting.store(false, ordering: .relaxed)
        return
      }
      var turn: UInt32 = 0
      while isWriting.load(ordering: .relaxed) {
        turn &+= 1
        let network = Self.content(turn).network
        guard let entry = words.entry(5, high: network.highBits, low: network.lowBits) else {
          continue
        }
        words.markUsed(5)
        found.add(1, ordering: .relaxed)
        let expected = Self.content(entry.freshUntil)
        if expected.entry != entry || expected.network != network {
          mixed.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(found.load(ordering: .relaxed) >= 300_000)
    #expect(mixed.load(ordering: .relaxed) == 0)
  }
}
