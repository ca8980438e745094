import Addresses
import SeededRandom
import Testing
import Text

@testable import MaxMindACL

/// 2026-01-01T00:00:00Z.
private let newYear: Int64 = 1_767_225_600

/// The syntax of list files.
@Suite struct AddressListTests {
  private func read(
    _ text: String, for use: AddressList.Use = AddressList.Use(), now: Int64 = newYear
  ) -> (AddressList, [Diagnostic]) {
    AddressList.read(Array(text.utf8), file: "list.conf", for: use, now: now)
  }

  /// The entries of a list as `RANGE:LINE`.
  private func entries(_ list: AddressList) -> [String] {
    zip(0..<list.ranges.count, list.lines).map { "\(list.ranges[$0]):\($1)" }
  }

  static let texts: [(String, [String])] = [
    ("", []),
    ("\n\n", []),
    ("# nothing\n  # here\n", []),
    ("203.0.113.7", ["203.0.113.7:1"]),
    ("203.0.113.7\n", ["203.0.113.7:1"]),
    ("203.0.113.0/24\r\n\r\n2001:db8::/32\r\n", ["203.0.113.0/24:1", "2001:db8::/32:3"]),
    ("\u{FEFF}203.0.113.7\n203.0.113.8\n", ["203.0.113.7:1", "203.0.113.8:2"]),
    (" \t203.0.113.7 \t# a comment\n203.0.113.8#another", ["203.0.113.7:1", "203.0.113.8:2"]),
    ("10.0.0.1-10.0.0.9", ["10.0.0.1-10.0.0.9:1"]),
    ("10.0.0.1 - 10.0.0.9 # ten", ["10.0.0.1-10.0.0.9:1"]),
    ("10.0.0.1- 10.0.0.9\n10.0.0.1 -10.0.0.3", ["10.0.0.1-10.0.0.9:1", "10.0.0.1-10.0.0.3:2"]),
    // Spamhaus.
    ("; a list\n203.0.113.0/24 ; SBL123", ["203.0.113.0/24:2"]),
    // nginx's geo.
    ("203.0.113.0/24 1;", ["203.0.113.0/24:1"]),
    ("203.0.113.0/24 yes ; 10.0.0.1 \"yes\";# c", ["203.0.113.0/24:1", "10.0.0.1:1"]),
    ("203.0.113.0/24 0;\n10.0.0.1 \"\";\n10.0.0.2 '';\n10.0.0.3 \"0\";", []),
    ("10.0.0.1 \"a ; # b\";\n10.0.0.2 'a ; # b';", ["10.0.0.1:1", "10.0.0.2:2"]),
    ("default 0;\ndefault \"\";\nranges;\n10.0.0.1 1;", ["10.0.0.1:4"]),
    (
      "geo $blocked {\n  default 0;\n  ranges;\n  10.0.0.0-10.0.0.9 1;\n}\n10.0.0.77\n",
      ["10.0.0.0-10.0.0.9:4", "10.0.0.77:6"]
    ),
    ("geo $remote_addr $x\n{ 10.0.0.1 1; }\ngeo $y{10.0.0.2 1;}", ["10.0.0.1:2", "10.0.0.2:3"]),
    // Expiry: an entry ends at its time, not after it.
    ("10.0.0.1 expires=2026-01-01T00:00:01Z", ["10.0.0.1:1"]),
    ("10.0.0.1 expires=2026-01-01T00:00:00Z", []),
    (
      "10.0.0.1 expires=2026-01-01T01:00:00+01:00\n10.0.0.2 expires=2025-12-31T23:00:01-01:00",
      ["10.0.0.2:2"]
    ),
    (
      "10.0.0.1 1 expires=2027-01-01T00:00:00Z; 10.0.0.2 expires=2027-01-01T00:00:00Z 1;",
      ["10.0.0.1:1", "10.0.0.2:1"]
    ),
  ]

  @Test("entries are read", arguments: texts)
  func entriesAreRead(_ text: String, _ expected: [String]) {
    let (list, diagnostics) = read(text)
    #expect(diagnostics.map(\.rendered) == [])
    #expect(entries(list) == expected)
  }

  static let mistakes: [(String, [String])] = [
    ("1️⃣10.0.0.0/33", ["1️⃣ error: prefix length 33 is above 32 [bad-address]"]),
    (
      "10.0.0.1\n \t1️⃣nonsense here\n",
      [
        "1️⃣ error: \"nonsense\" is not an IPv4 or IPv6 address [bad-address]"
      ]
    ),
    (
      "\u{FEFF}1️⃣ü\n1️⃣ü",
      [
        "1️⃣ error: \"ü\" is not an IPv4 or IPv6 address [bad-address]",
        "1️⃣ error: \"ü\" is not an IPv4 or IPv6 address [bad-address]",
      ]
    ),
    ("1️⃣10.0.0.9-10.0.0.1", ["1️⃣ error: range ends before it begins [bad-address]"]),
    ("1️⃣10.0.0.9 -", ["1️⃣ error: the address is empty [bad-address]"]),
    ("1️⃣\"10.0.0.9\"", ["1️⃣ error: \"\"10.0.0.9\"\" is not an IPv4 or IPv6 address [bad-address]"]),
    (
      "10.0.0.1 1️⃣1\n",
      [
        "1️⃣ error: expected expires=TIME, or a ; after a value as in nginx's geo; a comment begins with # [bad-list-line]"
      ]
    ),
    ("10.0.0.1 1 1️⃣2;", ["1️⃣ error: more than a prefix and a value [bad-list-line]"]),
    (
      "10.0.0.1 1️⃣expires=2026-12-31",
      [
        "1️⃣ error: expires: expected one time such as 2026-12-31T00:00:00Z [bad-time]"
      ]
    ),
    (
      "10.0.0.1 expires=2026-12-31T00:00:00Z 1️⃣expires=2026-12-31T00:00:00Z",
      [
        "1️⃣ error: expires: expected one time such as 2026-12-31T00:00:00Z [bad-time]"
      ]
    ),
    (
      "default 1️⃣1;",
      [
        "1️⃣ error: default: would list every address; to do so, write 0.0.0.0/0 and ::/0, or set the value that lists: ip_file: [{file: list.conf, value: VALUE}] [bad-list-line]"
      ]
    ),
    ("1️⃣default;", ["1️⃣ error: default: expected a value and a ; [bad-list-line]"]),
    ("default 1️⃣0", ["1️⃣ error: expected a ; after this, as in nginx [bad-list-line]"]),
    (
      "1️⃣include more.conf;",
      [
        "1️⃣ error: include: is not supported; name that file under ip_file, too [bad-list-line]"
      ]
    ),
    (
      "1️⃣delete 10.0.0.0/8;",
      [
        "1️⃣ error: delete: is not supported; write the prefix with the value 0 [bad-list-line]"
      ]
    ),
    (
      "1️⃣proxy 10.0.0.0/8;",
      [
        "1️⃣ error: proxy: is not supported; remove the line [bad-list-line]"
      ]
    ),
    (
      "1️⃣geo $x {\n10.0.0.1 1;\n",
      [
        "1️⃣ error: geo: is not closed by a }; the file may be truncated [bad-list-line]"
      ]
    ),
    ("geo 1️⃣x {\n}", ["1️⃣ error: geo: expected a $variable and a { [bad-list-line]"]),
    (
      "geo $x {\n1️⃣geo $y {\n}",
      [
        "1️⃣ error: geo: the previous geo is not closed by a } [bad-list-line]"
      ]
    ),
    ("geo $x\n1️⃣10.0.0.1 1;\n}", ["1️⃣ error: geo: expected a $variable and a { [bad-list-line]"]),
    ("1️⃣}", ["1️⃣ error: this } closes no geo { [bad-list-line]"]),
    ("1️⃣{", ["1️⃣ error: a { belongs after geo [bad-list-line]"]),
    (
      "1️⃣10.0.0.7/24\n",
      [
        "1️⃣ warning: 10.0.0.7/24 has host bits set; it is read as 10.0.0.0/24 [host-bits]"
      ]
    ),
    (
      "10.0.0.0/24\n1️⃣10.0.0.7/24\n10.0.0.8/24\n10.0.0.9/24\n",
      [
        "1️⃣ warning: 10.0.0.7/24 has host bits set; it is read as 10.0.0.0/24; 2 more like this [host-bits]"
      ]
    ),
  ]

  @Test("a mistake is reported with its position", arguments: mistakes)
  func mistakesAreTold(_ text: String, _ expected: [String]) {
    // The byte order mark has no column.
    let marked = MarkedText(text.replacing("\u{FEFF}", with: ""))
    let source = (text.hasPrefix("\u{FEFF}") ? "\u{FEFF}" : "") + marked.text
    #expect(read(source).1.map { marked.describe($0) } == expected)
  }

  @Test("a diagnostic shows its line without the line break")
  func rendering() {
    let (_, diagnostics) = read("# first\r\n\t10.0.0.256 # second\r\n")
    #expect(
      diagnostics.map(\.rendered) == [
        """
        list.conf:2:2: error: "10.0.0.256" is not an IPv4 or IPv6 address [bad-address]
         2 | \t10.0.0.256 # second
           | \t^~~~~~~~~~
        """
      ])
  }

  @Test("of very many bad lines 50 are listed and the rest counted")
  func manyMistakes() {
    let text = "0.0.0.0/0\n10.0.0.7/24\n" + String(repeating: "x\n", count: 5_000)
    let (_, diagnostics) = read(text)
    #expect(diagnostics.count == 50)
    #expect(
      diagnostics.last?.rendered == """
        list.conf:52:1: error: "x" is not an IPv4 or IPv6 address [bad-address]
         52 | x
            | ^
        and 4,950 more errors and 2 more warnings
        """)
    #expect(!(diagnostics.dropLast().contains { $0.rendered.contains("more") }))
    #expect(diagnostics.limited == diagnostics)
  }

  @Test("errors are listed before warnings, and each file has its own 50")
  func limit() {
    func many(_ count: Int, _ severity: Diagnostic.Severity, _ file: String) -> [Diagnostic] {
      (0..<count).map { _ in
        Diagnostic(severity: severity, id: .badAddress, message: "x", file: file)
      }
    }
    let limited = (many(60, .warning, "a") + many(49, .error, "a") + many(51, .error, "b")).limited
    #expect(limited.count == 100)
    #expect(limited.first?.severity == .warning)
    #expect(limited.map(\.unlisted.errors).filter { $0 > 0 } == [1])
    #expect(limited.map(\.unlisted.warnings).filter { $0 > 0 } == [59])
    #expect(limited[49].rendered == "a: error: x [bad-address]\nand 59 more warnings")
    #expect(limited[99].rendered == "b: error: x [bad-address]\nand 1 more error")
    #expect(limited.limited == limited)
  }

  @Test("a list counts expired entries and has the time of the next expiry")
  func expiry() {
    let text = """
      10.0.0.1 expires=2025-01-01T00:00:00Z
      10.0.0.2 expires=2026-03-01T00:00:00Z
      10.0.0.3 expires=2026-02-01T00:00:00Z
      10.0.0.4
      """
    let february: Int64 = 1_769_904_000
    let (list, _) = read(text)
    #expect(list.expiredCount == 1)
    #expect(list.nextExpiry == february)
    #expect(
      list.summary
        == "list.conf (3 entries, 1 expired, the next expires 2026-02-01T00:00:00Z)")
    let (later, _) = read(text, now: february)
    #expect(later.expiredCount == 2)
    #expect(entries(later) == ["10.0.0.2:2", "10.0.0.4:4"])
  }

  @Test(
    "a list for another moment equals the list read at that moment",
    arguments: 0..<200 as Range<UInt64>)
  func expiring(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let prefixes = (0..<12).map { "10.0.0.\($0)" } + ["10.0.0.0/28", "::7", "::/124", "::1-::5"]
    var text = ""
    for _ in 0..<Int.random(in: 0...30, using: &random) {
      text += prefixes.randomElement(using: &random) ?? ""
      text += random.once(in: 3) ? " 0" : " 1"
      if !random.once(in: 3) {
        text += " expires=\(isoTime(epoch: newYear + .random(in: 0...9, using: &random)))"
      }
      text += random.once(in: 4) ? ";" : ";\n"
    }
    let addresses = (0..<16).flatMap { ["10.0.0.\($0)", "::\($0)"] }.compactMap { Address($0) }
    func listed(_ list: AddressList) -> [UInt32?] {
      var entries = AddressTableEntries()
      entries.append(list.ranges, firstValue: 0)
      let table = AddressTable(entries)
      return addresses.map { table.value(for: $0) }
    }
    var (list, _) = read(text, now: newYear + 1)
    let moments: [Int64] = [2, 3, 7, 9, 1, 5, 0, 9]
    for now in moments.map({ newYear + $0 }) {
      list = list.at(now)
      let (expected, _) = read(text, now: now)
      #expect(entries(list) == entries(expected), "\(text) at \(now)")
      #expect(listed(list) == listed(expected), "\(text) at \(now)")
      #expect(list.expiredCount == expected.expiredCount)
      #expect(list.nextExpiry == expected.nextExpiry)
    }
  }

  @Test("no bytes trap the reader", arguments: 0..<300 as Range<UInt64>)
  func fuzz(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let parts: [[UInt8]] =
      [
        "10.0.0.1", "/8", "-", " ", "\t", "\r", "\n", ";", "{", "}", "#", "\"", "'", "1", "0",
        "geo", "deny ", "allow ", "Require not ip ", "add s ", "create s hash:net\n", ",", "{\"",
        "{\"cidr\":\"", "\"prefixes\":[", "]", "\"}", "\\", "a,b\n",
        "$x", "default", "ranges", "expires=", "2026-12-31T00:00:00Z", "2001:db8::", "\u{FEFF}",
        "ü",
      ].map { Array($0.utf8) } + [[0], [0xFF], [0xEF, 0xBB]]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...60, using: &random) {
      bytes += parts.randomElement(using: &random) ?? []
    }
    let (list, diagnostics) = AddressList.read(bytes, file: "list.conf", now: newYear)
    #expect(list.lines.count == list.ranges.count)
    let lineCount = bytes.count { $0 == 10 } + 1
    for diagnostic in diagnostics {
      #expect(!diagnostic.rendered.isEmpty)
      #expect((1...lineCount).contains(diagnostic.range?.start.line ?? 0))
    }
  }

  @Test(
    "times follow RFC 3339",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00Z", newYear),
      ("2024-02-29T12:34:56Z", 1_709_210_096), ("2026-01-01T01:00:00+01:00", newYear),
      ("2025-12-31T18:30:00-05:30", newYear), ("2025-02-29T00:00:00Z", nil),
      ("2026-13-01T00:00:00Z", nil), ("2026-01-01T24:00:00Z", nil), ("2026-01-01", nil),
      ("2026-01-01 00:00:00Z", nil), ("2026-01-01T00:00:00", nil), ("2026-01-01T00:00:00z", nil),
      ("2026-01-01T00:00:00+0100", nil), ("0000-01-01T00:00:00Z", nil), ("", nil),
      ("2026-01-01T00:00:00.5Z", nil), ("99999-01-01T00:00:00Z", nil),
    ] as [(String, Int64?)])
  func times(_ text: String, _ seconds: Int64?) {
    #expect(epoch(time: text.utf8.span) == seconds)
    if let seconds { #expect(epoch(time: isoTime(epoch: seconds).utf8.span) == seconds) }
  }
}
