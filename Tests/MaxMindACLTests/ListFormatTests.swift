import Addresses
import SeededRandom
import Testing

@testable import MaxMindACL

/// List files in the formats of other programs.
@Suite struct ListFormatTests {
  private func read(
    _ text: String, for use: AddressList.Use = AddressList.Use()
  ) -> (entries: [String], diagnostics: [Diagnostic]) {
    let (list, diagnostics) = AddressList.read(
      Array(text.utf8), file: "list.conf", for: use, now: 0)
    let entries = zip(0..<list.ranges.count, list.lines).map { "\(list.ranges[$0]):\($1)" }
    return (entries, diagnostics)
  }

  static let texts: [(String, [String])] = [
    // nginx's access rules.
    ("deny 192.0.2.0/24;\n", ["192.0.2.0/24:1"]),
    (
      "# bad\n  deny 192.0.2.1; deny 192.0.2.2 ; # two\ndeny 2001:db8::/32;",
      ["192.0.2.1:2", "192.0.2.2:2", "2001:db8::/32:3"]
    ),
    ("allow 192.0.2.0/24;\nallow 192.0.2.7;\n", ["192.0.2.0/24:1", "192.0.2.7:2"]),
    // Apache's.
    (
      "Require not ip 192.0.2.0/24 192.0.2.7\n\trequire NOT IP 2001:db8::/32 # c\n",
      ["192.0.2.0/24:1", "192.0.2.7:1", "2001:db8::/32:2"]
    ),
    ("Require ip 192.0.2.0/24\r\nRequire ip 192.0.2.7\r\n", ["192.0.2.0/24:1", "192.0.2.7:2"]),
    // ipset.
    (
      """
      create blocked hash:net family inet hashsize 1024 maxelem 65536 timeout 600 comment
      add blocked 192.0.2.0/24 timeout 300
      add blocked 198.51.100.7 timeout 0 comment "one ; # two"
      add blocked 192.0.2.10-192.0.2.19

      """, ["192.0.2.0/24:2", "198.51.100.7:3", "192.0.2.10-192.0.2.19:4"]
    ),
    ("create s hash:ip,port family inet\nadd s 192.0.2.1\n", ["192.0.2.1:2"]),
    ("add s 192.0.2.0/24 comment \"nomatch\"\n", ["192.0.2.0/24:1"]),
    // CSV.
    ("192.0.2.0/24,DE\n198.51.100.0/24,US\n", ["192.0.2.0/24:1", "198.51.100.0/24:2"]),
    (
      "network,geoname_id,is_anycast\n192.0.2.0/24,2921044,0\n2001:db8::/32,,\n",
      ["192.0.2.0/24:2", "2001:db8::/32:3"]
    ),
    (
      "start_ip,end_ip,country\n192.0.2.0,192.0.2.9,DE\n2001:db8::,2001:db8::f,DE\n",
      ["192.0.2.0-192.0.2.9:2", "2001:db8::/124:3"]
    ),
    (
      "\"first\",\"last\"\r\n\"192.0.2.0\" , \"192.0.2.255\"\r\n\"192.0.2.1\",\"\"\r\n",
      ["192.0.2.0/24:2", "192.0.2.1:3"]
    ),
    ("# a, b\n; c, d\n\n192.0.2.1 , 2026-11-01 10:00:00 , x\n", ["192.0.2.1:4"]),
    ("192.0.2.1-192.0.2.3,x\n192.0.2.9\n", ["192.0.2.1-192.0.2.3:1", "192.0.2.9:2"]),
    // A quoted field may contain any text. A quote inside another field has no meaning.
    (
      "192.0.2.1,\"a \"\"b\"\", #c\n8.8.8.8,d\n\"\n192.0.2.2,5\" disk\n192.0.2.3,\"\",\"x\n9.9.9.9\",y\n192.0.2.4,z\n",
      ["192.0.2.1:1", "192.0.2.2:4", "192.0.2.3:5", "192.0.2.4:7"]
    ),
    // JSON.
    (
      """
      {"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"apnic"}
      { "rir": "x", "cidr" : "2001:db8::\\/32" }
      {"type":"metadata","timestamp":1764374400,"size":2,"records":2,"copyright":"(c)"}

      """, ["192.0.2.0/24:1", "2001:db8::/32:2"]
    ),
    (
      """
      \u{FEFF}{
        "syncToken": "1", "createDate": "2026-11-01-00-00-00",
        "prefixes": [
          { "ip_prefix": "192.0.2.0/24", "region": "eu-west-1", "service": "EC2", "n": [{}, -1] },
          {
            "region": "eu", "ip_prefix": "198.51.100.0/24" } ],
        "ipv6_prefixes": [ {"ipv6_prefix": "2001:db8::/32"} ]
      }
      """, ["192.0.2.0/24:4", "198.51.100.0/24:6", "2001:db8::/32:7"]
    ),
    (
      "{\"prefixes\":[{\"ipv4Prefix\":\"192.0.2.0/24\"},{\"ipv6Prefix\":\"2001:db8::/32\"}]}",
      ["192.0.2.0/24:1", "2001:db8::/32:1"]
    ),
    ("{\"prefixes\":[],\"ipv6_prefixes\":[]}", []),
  ]

  @Test("formats are detected by their content", arguments: texts)
  func formats(_ text: String, _ expected: [String]) {
    let (entries, diagnostics) = read(text)
    #expect(diagnostics.map(\.rendered) == [])
    #expect(entries == expected)
  }

  private static let hint = "ip_file: [{file: list.conf, value: "

  static let mistakes: [(String, [String])] = [
    // A file that is truncated in its last line.
    (
      "192.0.2.1\n1️⃣198.51.100.0/2",
      [
        "1️⃣ error: 198.51.100.0/2 has host bits set and no line break after it; the file may be truncated [bad-list-line]"
      ]
    ),
    (
      "add s 1️⃣2001:db8::/3",
      [
        "1️⃣ error: 2001:db8::/3 has host bits set and no line break after it; the file may be truncated [bad-list-line]"
      ]
    ),
    (
      "1️⃣198.51.100.0/2\n",
      [
        "1️⃣ warning: 198.51.100.0/2 has host bits set; it is read as 192.0.0.0/2 [host-bits]",
        "1️⃣ warning: 192.0.0.0/2 is larger than a /8 and holds public addresses [short-prefix]",
      ]
    ),
    (
      "1️⃣10.0.0.7/24 # whole",
      ["1️⃣ warning: 10.0.0.7/24 has host bits set; it is read as 10.0.0.0/24 [host-bits]"]
    ),
    (
      "1️⃣198.51.100.0/",
      [
        "1️⃣ error: \"\" is not a prefix length, a number from 0 to 32 without leading zeros [bad-address]"
      ]
    ),
    ("1️⃣198.51.1", ["1️⃣ error: \"198.51.1\" is not an IPv4 or IPv6 address [bad-address]"]),
    (
      "192.0.2.0,192.0.2.9,DE\n1️⃣198.51.100.0,198.51.100.2",
      [
        "1️⃣ error: the last row has 2 fields, the first 3; the file may be truncated [bad-list-line]"
      ]
    ),
    (
      "1️⃣192.0.2.1,\"a\n192.0.2.2,b\n",
      [
        "1️⃣ error: the row has an unclosed \"; the file may be truncated [bad-list-line]"
      ]
    ),
    (
      "{\"prefixes\":[{\"ip_prefix\":\"192.0.2.0/24\"},1️⃣",
      ["1️⃣ error: JSON: '{' is expected [bad-list-line]"]
    ),
    (
      "{\"prefixes\":[{\"ip_prefix\":\"192.0.2.01️⃣",
      ["1️⃣ error: JSON: its end is missing; the file may be truncated [bad-list-line]"]
    ),
    // Values of nginx's geo.
    (
      "10.0.0.0/8 DE;\n10.1.0.0/16 1️⃣US;\n10.2.0.0/16 FR;\n",
      [
        "1️⃣ error: the values DE and US both list; choose one: \(hint)US}] [bad-list-line]"
      ]
    ),
    ("10.0.0.0/8 DE; 10.1.0.0/16 \"DE\"; 10.2.0.0/16 0; 10.3.0.0/16 \"\";\n", []),
    (
      "10.0.0.0/8 1;\n10.1.0.0/16 1️⃣no;\n",
      [
        "1️⃣ error: the value no lists, like all values but 0 and \"\"; write 0, or set the value that lists: \(hint)VALUE}] [bad-list-line]"
      ]
    ),
    (
      "10.1.0.0/16 1️⃣\"Off\";\n",
      [
        "1️⃣ error: the value \"Off\" lists, like all values but 0 and \"\"; write 0, or set the value that lists: \(hint)VALUE}] [bad-list-line]"
      ]
    ),
    // Sets of ipset.
    (
      "add good 10.0.0.1\nadd 1️⃣bad 10.0.0.2\n",
      [
        "1️⃣ error: the sets good and bad both list; choose one: \(hint)bad}] [bad-list-line]"
      ]
    ),
    ("1️⃣add good\n", ["1️⃣ error: add: expected a set and an address [bad-list-line]"]),
    (
      "add s 1️⃣10.0.0.1,tcp:80\n",
      ["1️⃣ error: \"10.0.0.1,tcp:80\" is not an IPv4 or IPv6 address [bad-address]"]
    ),
    // Access rules of both kinds, and for everyone.
    (
      "deny 10.0.0.1;\n1️⃣allow 10.0.0.2;\n",
      [
        "1️⃣ error: allow: this line has the verdict allow, but the list has deny; use separate files [bad-list-line]"
      ]
    ),
    (
      "Require ip 10.0.0.1\n1️⃣Require not ip 10.0.0.2\n",
      [
        "1️⃣ error: Require: this line has the verdict deny, but the list has allow; use separate files [bad-list-line]"
      ]
    ),
    (
      "deny 1️⃣all;\nRequire 2️⃣all denied\nRequire not ip 3️⃣all\n",
      [
        "1️⃣ error: all: would list every address; to list every address, write 0.0.0.0/0 and ::/0 [bad-list-line]",
        "2️⃣ error: Require: only Require ip and Require not ip can be read; remove the line [bad-list-line]",
        "3️⃣ error: all: would list every address; to list every address, write 0.0.0.0/0 and ::/0 [bad-list-line]",
      ]
    ),
    (
      "1️⃣<RequireNone>\nRequire ip 10.0.0.1\n",
      [
        "1️⃣ error: sections of Apache are not supported; keep only the Require lines [bad-list-line]"
      ]
    ),
    (
      "deny 1️⃣from 10.0.0.1\n",
      [
        "1️⃣ error: from is not an address; write Apache's rules as Require ip or Require not ip [bad-list-line]"
      ]
    ),
    ("deny 1️⃣10.0.0.1\n", ["1️⃣ error: expected a ; after this, as in nginx [bad-list-line]"]),
    ("1️⃣deny ;\n", ["1️⃣ error: deny: expected an address and a ; [bad-list-line]"]),
    (
      "Require not 1️⃣host example.com\n",
      [
        "1️⃣ error: Require: only Require ip and Require not ip can be read; remove the line [bad-list-line]"
      ]
    ),
    // CSV with other columns.
    ("id,cidr\n1️⃣1,10.0.0.0/8\n", ["1️⃣ error: \"1\" is not an IPv4 or IPv6 address [bad-address]"]),
    (
      "\"1️⃣16777216\",\"16777471\"\n",
      ["1️⃣ error: \"16777216\" is not an IPv4 or IPv6 address [bad-address]"]
    ),
    (
      "10.0.0.1,10.0.0.2,1️⃣10.0.0.3\n10.0.0.0/24,2️⃣10.1.0.0/24\n",
      [
        "1️⃣ error: expected one address, prefix or range a line [bad-list-line]",
        "2️⃣ error: expected one address, prefix or range a line [bad-list-line]",
      ]
    ),
    (
      "10.0.0.9,1️⃣10.0.0.1\n::1,2️⃣10.0.0.1\n",
      [
        "1️⃣ error: range ends before it begins [bad-address]",
        "2️⃣ error: first and last address are of different families [bad-address]",
      ]
    ),
    // Other JSON.
    (
      "1️⃣[\"10.0.0.1\"]",
      [
        "1️⃣ error: unknown JSON: expected Spamhaus's lines with \"cidr\" or AWS's ip-ranges.json, or write one address a line [bad-list-line]"
      ]
    ),
    (
      "{\"cidr\":\"10.0.0.0/8\"}\n1️⃣{\"asn\":1}\n",
      [
        "1️⃣ error: unknown JSON: expected Spamhaus's lines with \"cidr\" or AWS's ip-ranges.json, or write one address a line [bad-list-line]"
      ]
    ),
    ("{\"cidr\":1️⃣1}", ["1️⃣ error: JSON: a text is expected [bad-list-line]"]),
    ("{\"cidr\":\"1️⃣x\"}\n", ["1️⃣ error: \"x\" is not an IPv4 or IPv6 address [bad-address]"]),
  ]

  @Test("a mistake is reported with its place", arguments: mistakes)
  func mistakesAreReported(_ text: String, _ expected: [String]) {
    let marked = MarkedText(text)
    #expect(read(marked.text).diagnostics.map { marked.describe($0) } == expected)
  }

  static let kinds: [([UInt8], String)] = [
    ([0x1F, 0x8B, 8], "is a gzip file, not a list of addresses; decompress it first"),
    (
      Array("PK\u{3}\u{4}".utf8),
      "is a zip archive, not a list of addresses; extract the file that is meant from it"
    ),
    (
      Array("\n<!DOCTYPE html><p>error".utf8),
      "is an HTML page, not a list of addresses; look at it: it may be the error message of a download"
    ),
  ]

  @Test("a file that is not a list is named", arguments: kinds)
  func otherKinds(_ bytes: [UInt8], _ message: String) {
    let found = AddressList.read(bytes, file: "list.conf", now: 0).diagnostics
    #expect(found.map(\.summary) == ["list.conf: error: \(message) [bad-list-line]"])
  }

  static let values: [(String, String, [String], [String])] = [
    ("10.0.0.0/8 DE;\n10.1.0.0/16 US;\n10.2.0.0/16 0;\n", "DE", ["10.0.0.0/8:1"], []),
    (
      "geo $c {\ndefault US;\n10.1.0.0/16 \"DE\";\n10.2.0.0/16 off;\n}\n", "DE", ["10.1.0.0/16:3"],
      []
    ),
    ("10.1.0.0/16 0;\n10.2.0.0/16 1;\n", "0", ["10.1.0.0/16:1"], []),
    ("add a 10.0.0.1\nadd b 10.0.0.2\n", "b", ["10.0.0.2:2"], []),
    (
      "default DE;\n", "DE", [],
      ["default: would list every address; to do so, write 0.0.0.0/0 and ::/0"]
    ),
    (
      "10.0.0.1\n10.0.0.2\n", "DE", [], ["has no value, but ip_file selects DE"]
    ),
    ("deny 10.0.0.1;\n", "DE", [], ["has no value, but ip_file selects DE"]),
  ]

  @Test("a configuration can select a value", arguments: values)
  func valueOfList(_ text: String, _ value: String, _ entries: [String], _ messages: [String]) {
    let found = read(text, for: AddressList.Use(value: value))
    #expect(found.entries == entries)
    #expect(found.diagnostics.map(\.message) == messages)
  }

  private func listed(_ text: String, for use: AddressList.Use = .init()) -> [String] {
    let (list, _) = AddressList.read(Array(text.utf8), file: "list.conf", for: use, now: 0)
    var entries = AddressTableEntries()
    entries.append(list.ranges, firstValue: 0)
    let table = AddressTable(entries)
    return ["10.0.0.1", "10.1.0.1", "10.1.1.1"].filter {
      Address($0).flatMap { table.value(for: $0) } != nil
    }
  }

  @Test("a prefix with another value or nomatch is excluded")
  func exceptions() {
    let geo = "10.0.0.0/8 DE;\n10.1.0.0/16 US;\n10.1.1.0/24 DE;\n"
    #expect(listed(geo, for: .init(value: "DE")) == ["10.0.0.1", "10.1.1.1"])
    let ipset = "add s 10.0.0.0/8\nadd s 10.1.0.0/16 timeout 9 nomatch\nadd s 10.1.1.1\n"
    #expect(listed(ipset) == ["10.0.0.1", "10.1.1.1"])
    #expect(listed("add s 10.0.0.0/8\nadd t 10.1.0.0/16\n", for: .init(value: "s")).count == 3)
  }

  @Test(
    "only public addresses count for the size warning",
    arguments: [
      ("0.0.0.0/0", true), ("128.0.0.0/1", true), ("10.0.0.0/7", true), ("8.0.0.0/7", true),
      ("8.0.0.0/8", false), ("10.0.0.0/8", false), ("224.0.0.0/3", false), ("240.0.0.0/4", false),
      ("223.0.0.0/4", true), ("9.0.0.0-10.0.0.0", true), ("9.0.0.0-9.255.255.255", false),
      ("224.0.0.0-255.255.255.255", false), ("223.255.255.255-225.0.0.0", true),
      ("::/0", true), ("2000::/3", true), ("2a00::/12", true), ("2a00::/16", false),
      ("fc00::/7", false), ("ff00::/8", false), ("fe80::/10", false), ("::/3", false),
      ("::/2", true), ("4000::/2", false), ("2001::-2002::", true), ("1fff::-2000::", true),
    ])
  func shortPrefixes(_ text: String, _ isShort: Bool) {
    let diagnostics = read(text + "\n").diagnostics.filter { $0.id != .hostBits }
    #expect(diagnostics.map(\.id) == (isShort ? [.shortPrefix] : []))
  }

  @Test("an excluded or expired entry is not a short prefix")
  func unlistedShortPrefixes() {
    let text = "0.0.0.0/0 0;\n0.0.0.0/1 expires=1970-01-01T00:00:00Z\n"
    #expect(read(text).diagnostics == [])
  }

  @Test("a mistake far to the right is shown with the text around it")
  func longLine() {
    let items = (0..<2_000).map { "{\"ip_prefix\":\"10.0.\($0 / 256).\($0 % 256)\",\"é\":1}" }
    let text = "{\"prefixes\":[" + items.joined(separator: ",") + ",{\"ip_prefix\":\"nönsense\"}]}"
    let found = read(text).diagnostics
    let column = text.unicodeScalars.count - "nönsense\"}]}".unicodeScalars.count + 1
    #expect(found.map(\.range?.start.column) == [column])
    let lines = found.map(\.rendered).joined().split(separator: "\n").map(Array.init)
    #expect(lines.count == 3)
    guard lines.count == 3, let caret = lines[2].firstIndex(of: "^") else {
      Issue.record("no caret")
      return
    }
    #expect(String(lines[1][caret...]) == "nönsense\"}]}")
    #expect(String(lines[2][caret...]) == "^~~~~~~~")
  }

  @Test("many mistakes in one line take no longer than in many lines")
  func manyMistakesInOneLine() {
    let items = String(repeating: "{\"ip_prefix\":\"x\"},", count: 200_000)
    let found = read("{\"prefixes\":[" + items + "{\"ip_prefix\":\"y\"}]}").diagnostics
    #expect(found.count == 50)
    #expect(found.last?.unlisted.errors == 199_951)
  }

  @Test("no truncated or changed file traps the reader", arguments: texts.indices)
  func damaged(_ index: Int) {
    let bytes = Array(Self.texts[index].0.utf8)
    var random = SeededGenerator(seed: UInt64(index))
    for count in bytes.indices {
      var changed = bytes
      changed[count] = .random(in: 0...255, using: &random)
      for content in [Array(bytes[..<count]), changed] {
        let (list, diagnostics) = AddressList.read(content, file: "list.conf", now: 0)
        #expect(list.lines.count == list.ranges.count)
        #expect(diagnostics.allSatisfy { !$0.rendered.isEmpty })
      }
    }
  }
}
