import Addresses
import MaxMindACL
import Text

/// The change when a list is installed.
struct ListChange {
  let added: [AddressRange]
  let removed: [AddressRange]
  /// Some of the added and removed entries, a line each.
  let examples: [String]
  /// The changed share of the old list, by kind of count.
  let shares: [(of: String, share: Double)]

  /// The largest of the shares, from 0; 1 is all of the old list.
  var largest: (of: String, share: Double) {
    shares.max { $0.share < $1.share } ?? (of: "entries", share: 0)
  }

  /// - Parameter old: The old list. Nil: there is none to measure the change by.
  init(from old: AddressList?, to new: AddressList) {
    let (before, after) = (old?.ranges.sortedRanges ?? [], new.ranges.sortedRanges)
    added = without(after, before)
    removed = without(before, after)
    examples =
      lines(added, of: new, sign: "+", "added") + lines(removed, of: old, sign: "-", "removed")
    guard let old, !before.isEmpty else {
      shares = []
      return
    }
    let counts = old.ranges.addressCounts
    let (gone, come) = (
      old.ranges.addressCounts(notIn: new.ranges), new.ranges.addressCounts(notIn: old.ranges)
    )
    shares = [
      (of: "entries", share: Double(added.count + removed.count) / Double(before.count)),
      (of: "IPv4 addresses", share: share(gone.ipv4 + come.ipv4, of: counts.ipv4)),
      (of: "IPv6 addresses", share: share(gone.ipv6 + come.ipv6, of: counts.ipv6)),
    ]
  }

  /// The shares in words. Empty: there are none.
  var sharesInWords: String {
    shares.map { "\(percentage($0.share)) of the \($0.of)" }.joined(separator: ", ")
  }
}

/// How many entries of each kind are shown.
private let shownEntries = 20

/// Some entries of a list, as in its file.
private func lines(
  _ ranges: [AddressRange], of list: AddressList?, sign: String, _ verb: String
) -> [String] {
  let shown = ranges.prefix(shownEntries)
  let expiries = list?.expiries(of: Set(shown)) ?? [:]
  var lines = shown.map { range in
    "\(sign) \(range)" + (expiries[range].map { " expires=\(isoTime(epoch: $0))" } ?? "")
  }
  let hidden = ranges.count - lines.count
  if hidden > 0 { lines.append("  … and \(hidden) more \(verb)") }
  return lines
}

/// A share as people read it: `12.5 %`.
func percentage(_ share: Double) -> String {
  guard share < 1e9 else { return "∞ %" }
  let tenths = Int((share * 1000).rounded())
  return "\(tenths / 10).\(tenths % 10) %"
}

/// The share of a whole. Any part of nothing is all of it.
private func share(_ part: Double, of whole: Double) -> Double {
  whole > 0 ? part / whole : part > 0 ? 1 : 0
}

/// The elements of a sorted array that another one lacks.
private func without(_ ranges: [AddressRange], _ others: [AddressRange]) -> [AddressRange] {
  var left: [AddressRange] = []
  var next = 0
  for range in ranges {
    while next < others.count, AddressRange.isBefore(others[next], range) { next += 1 }
    if next == others.count || others[next] != range { left.append(range) }
  }
  return left
}
