import Addresses

/// A property of a request that decides in an nginx configuration.
///
/// The order is the order in which rules name them.
enum Input: Hashable {
  /// The result of the access list with this number: `allow`, or `deny`.
  case access(Int)
  /// The value of a `geo` variable, by its name.
  case geo(String)
  case asn
  case continent
  case country
  case registeredCountry
  case host
  case method
  /// Whether the normalised path matches a pattern. The pattern is ours: its subject is `host/path`.
  case path(String)
}

/// What an input is for some requests.
enum Outcome: Hashable {
  case value(String)
  /// The record has no such field.
  case none
  /// Any text that the configuration does not name.
  case other
}

/// The table of a `geo` variable, or of `allow` and `deny`.
struct AddressValues: Hashable {
  struct Entry: Hashable {
    var range: AddressRange
    var value: String
  }

  /// The most specific entry that contains an address has its value.
  var entries: [Entry] = []
  var byDefault: String

  /// The entries in the order of `AddressRange.isBefore`, each with the index of the nearest entry around it.
  private func nested() -> [(index: Int, around: Int?)] {
    let order = entries.indices.sorted {
      AddressRange.isBefore(entries[$0].range, entries[$1].range)
    }
    var open: [Int] = []
    return order.map { index in
      while let last = open.last, !entries[last].range.contains(entries[index].range) {
        open.removeLast()
      }
      defer { open.append(index) }
      return (index, open.last)
    }
  }

  /// Removes entries without effect. Of equal ranges the last one stays; if the first match decides, the first one, and
  /// no entry inside of an earlier one.
  mutating func removeHidden(firstMatchDecides: Bool) {
    var kept: [AddressRange: Int] = [:]
    for (index, entry) in entries.enumerated() where !firstMatchDecides || kept[entry.range] == nil
    {
      kept[entry.range] = index
    }
    entries = kept.values.sorted().map { entries[$0] }
    guard firstMatchDecides else { return }
    // The earliest entry around each entry.
    var earliest: [Int: Int] = [:]
    var hidden: Set<Int> = []
    for (index, around) in nested() {
      guard let around else {
        earliest[index] = index
        continue
      }
      let first = earliest[around] ?? around
      if first < index { hidden.insert(index) }
      earliest[index] = min(first, index)
    }
    entries = entries.indices.filter { !hidden.contains($0) }.map { entries[$0] }
  }

  /// The ranges with one of the values, and the ranges inside of them that have another value.
  func ranges(of values: Set<String>) -> (listed: [AddressRange], exceptions: [AddressRange]) {
    var listed: [AddressRange] = []
    var exceptions: [AddressRange] = []
    for (index, around) in nested() {
      if values.contains(entries[index].value) {
        listed.append(entries[index].range)
      } else if let around, values.contains(entries[around].value) {
        exceptions.append(entries[index].range)
      }
    }
    return (listed, exceptions)
  }
}

/// A request as far as a configuration looks at it: an outcome for each input.
typealias RequestClass = [Input: Outcome]

/// What nginx answers to a denied request.
package enum NginxAnswer: Hashable, Sendable {
  case close
  case status(Int)
  case redirect(String, status: Int)
}

/// What nginx does with a request. Nil: it passes.
struct Verdict: Hashable {
  var answer: NginxAnswer
  /// The directive that denies.
  var place: NginxDirective.Place
}
