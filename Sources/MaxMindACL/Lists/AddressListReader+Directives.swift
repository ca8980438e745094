// Directives: access rules of nginx and Apache, and output of ipset.
extension AddressListReader {
  /// nginx: `deny PREFIX;` or `allow PREFIX;`.
  mutating func readAccess(_ word: Range<Int>, _ verdict: Verdict) -> Bool {
    guard agrees(verdict, word) else { return false }
    guard let byte = text.next(), byte != UInt8(ascii: ";") else {
      return error(.badListLine, "\(verdict): expected an address and a ;", at: word)
    }
    let place = text.takeWord()
    guard isNoWord(place, advice: "write Apache's rules as Require ip or Require not ip"),
      let entry = readAddress(text.takeRange(place)), endStatement(entry.place)
    else { return false }
    return add(entry)
  }

  /// Apache: `Require ip PREFIX …` or `Require not ip PREFIX …`.
  mutating func readRequire(_ word: Range<Int>) -> Bool {
    var kind = text.next() == nil ? word : text.takeWord()
    let isNegated = text.isEqualIgnoringCase(kind, "not")
    if isNegated, text.next() != nil { kind = text.takeWord() }
    guard text.isEqualIgnoringCase(kind, "ip") else {
      return error(
        .badListLine, "Require: only Require ip and Require not ip can be read; remove the line",
        at: kind)
    }
    guard agrees(isNegated ? .deny : .allow, word) else { return false }
    guard text.next() != nil else {
      return error(.badListLine, "Require: expected an address", at: kind)
    }
    while text.next() != nil {
      let place = text.takeWord()
      guard isNoWord(place, advice: "remove it"), let entry = readAddress(place), add(entry)
      else { return false }
    }
    return true
  }

  /// ipset: `add SET ENTRY [OPTION …]`. `timeout` counts from a moment that the file does not contain, so it is
  /// ignored.
  mutating func readAdd(_ word: Range<Int>) -> Bool {
    guard text.next() != nil else {
      return error(.badListLine, "add: expected a set and an address", at: word)
    }
    let set = text.takeWord()
    guard text.next() != nil else {
      return error(.badListLine, "add: expected a set and an address", at: word)
    }
    guard let entry = readAddress(text.takeWord()) else { return false }
    var isException = false
    while text.next() != nil {
      let option = text.takeValue()
      if text.isEqual(option, "nomatch") { isException = true }
    }
    switch isListed(set, at: set, "sets") {
    case true?: return add(entry, lists: !isException, hasValue: true)
    // An entry outside the set does not affect it.
    case false?: return true
    case nil: return false
    }
  }

  /// Whether a verdict agrees with the use of the list. Reports a conflict.
  private mutating func agrees(_ verdict: Verdict, _ word: Range<Int>) -> Bool {
    let expected = self.verdict ?? verdict
    self.verdict = expected
    if expected == verdict { return true }
    return error(
      .badListLine,
      "\(text.text(word)): this line has the verdict \(verdict), but the list has \(expected); "
        + "use separate files", at: word)
  }

  /// Whether a word may be an address. Reports keywords.
  private mutating func isNoWord(_ word: Range<Int>, advice: String) -> Bool {
    if text.isEqualIgnoringCase(word, "all") {
      return error(
        .badListLine,
        "all: would list every address; to list every address, write 0.0.0.0/0 and ::/0", at: word)
    }
    if text.isEqualIgnoringCase(word, "from") || text.isEqualIgnoringCase(word, "unix:") {
      return error(.badListLine, "\(text.text(word)) is not an address; \(advice)", at: word)
    }
    return true
  }
}
