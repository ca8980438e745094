import Addresses
import GeoDatabase
import LookupService
import SeededRandom
import Testing

/// Reads answers of services.
@Suite struct AnswerReaderTests {
  private let client = Address(ipv4: 0xC000_0201)  // 192.0.2.1

  /// A shape of the caller's own, with one pointer for each field.
  private var own: AnswerShape {
    get throws {
      AnswerShape(
        fields: [
          .country: [try JSONPointer("/a/c~1d/1")], .asn: [try JSONPointer("/n")],
          .organisation: [try JSONPointer("/o")], .subdivision: [try JSONPointer("/s")],
        ],
        flags: [.vpn: [try JSONPointer("/v"), try JSONPointer("/w~0")]],
        address: [try JSONPointer("/ip")])
    }
  }

  @Test("documented answers of each vendor are read", arguments: VendorAnswer.all)
  func documented(_ answer: VendorAnswer) throws {
    let reader = AnswerReader(answer.preset.shape)
    let read = try reader.answer(Array(answer.body.utf8), for: address(answer.address))
    #expect(read.record.summary == answer.summary)
    #expect(!read.isNegative)
  }

  @Test(
    "each preset has an answer, a failure and readable pointers", arguments: LookupPreset.allCases)
  func complete(_ preset: LookupPreset) {
    #expect(VendorAnswer.all.contains { $0.preset == preset })
    #expect(VendorAnswer.failures.contains { $0.0 == preset })
    let shape = preset.shape
    #expect(shape.failure != nil)
    #expect(!shape.address.isEmpty)
    #expect(shape.fields[.country]?.isEmpty == false)
    #expect(shape.fields.values.allSatisfy { !$0.isEmpty })
    #expect(shape.flags.values.allSatisfy { !$0.isEmpty })
  }

  @Test("a failure that the vendor reports is an error", arguments: VendorAnswer.failures)
  func failure(_ preset: LookupPreset, body: String, message: String) {
    let error = #expect(throws: AnswerError.self) {
      try AnswerReader(preset.shape).answer(Array(body.utf8), for: client)
    }
    #expect(error?.message == message)
  }

  @Test(
    "an address that the vendor does not know is a negative answer", arguments: VendorAnswer.unknown
  )
  func unknown(_ preset: LookupPreset, body: String) throws {
    let answer = try AnswerReader(preset.shape).answer(Array(body.utf8), for: client)
    #expect(answer == .unknown)
  }

  @Test("an answer about another address is an error", arguments: VendorAnswer.all)
  func lying(_ answer: VendorAnswer) throws {
    let other = try address("192.0.2.99")
    let error = #expect(throws: AnswerError.self) {
      try AnswerReader(answer.preset.shape).answer(Array(answer.body.utf8), for: other)
    }
    #expect(error?.message.hasPrefix("the answer is about another address: ") == true)
  }

  @Test(
    "pointers of one's own lead to texts, numbers and booleans",
    arguments: [
      (#"{"a": {"c/d": ["DE", "us"]}}"#, "US"),
      (#"{"a": {"c/d": [null, "CLOUDFLARE"]}, "s": "CA"}"#, "CLOUDFLARE"),
      (#"{"a": {"c/d": [0, "US"]}, "n": 174}"#, "AS174, US"),
      (#"{"n": "AS174"}"#, "AS174"), (#"{"n": "174"}"#, "AS174"),
      (#"{"n": "AS174 Cogent  Communications"}"#, "AS174"), (#"{"n": 0}"#, ""),
      (#"{"n": 4294967295}"#, "AS4294967295"),
      (#"{"o": "AS174 Cogent"}"#, "Cogent"), (#"{"o": "ASCII Corp"}"#, "ASCII Corp"),
      (#"{"o": "AS12 "}"#, ""), (#"{"o": "Caf\u00e9\t\u202e"}"#, "Café\t\u{FFFD}"),
      (#"{"v": true}"#, "vpn"), (#"{"v": "true"}"#, "vpn"), (#"{"v": false, "w~": true}"#, "vpn"),
      (#"{"v": "false"}"#, ""), (#"{"v": null}"#, ""), (#"{"v": ""}"#, ""),
      (#"{"a": {"c/d": ["", "US"]}, "s": 75}"#, "US, US-75"),
      (#"{"s": "us-ca"}"#, "US-CA"), (#"{"s": "CA"}"#, ""),
      (#"{"a": {"c/d": {"1": "US"}}}"#, "US"),
      (#"{"\u006e": 174, "n": 175}"#, "AS174"),
      (#"{"ip": "::ffff:192.0.2.1", "n": 174}"#, "AS174"), (#"{"ip": null, "n": 174}"#, "AS174"),
      (#"  { "n" : 174 }"# + "\r\n", "AS174"), ("[]", ""),
    ])
  func types(_ body: String, _ summary: String) throws {
    let answer = try AnswerReader(own).answer(Array(body.utf8), for: client)
    #expect(answer.record.summary == summary)
    #expect(answer.isNegative == (answer.record.country == .absent))
  }

  @Test(
    "an answer that cannot be used is an error with its reason",
    arguments: [
      (#"{"n": "Cogent"}"#, "the answer has a text at /n, an AS number is needed"),
      (#"{"n": -1}"#, "the answer has a number at /n, an AS number is needed"),
      (#"{"n": 4294967296}"#, "the answer has a number at /n, an AS number is needed"),
      (#"{"n": 1.5}"#, "the answer has a number at /n, an AS number is needed"),
      (#"{"n": true}"#, "the answer has a boolean at /n, an AS number is needed"),
      (#"{"n": {}}"#, "the answer has an object at /n, an AS number is needed"),
      (#"{"n": "AS4294967296"}"#, "the answer has a text at /n, an AS number is needed"),
      (#"{"a": {"c/d": [0, 1]}}"#, "the answer has a number at /a/c~1d/1, a code is needed"),
      (#"{"s": []}"#, "the answer has an array at /s, a code is needed"),
      (
        #"{"a": {"c/d": [0, ""# + String(repeating: "x", count: 65) + #""]}}"#,
        "the answer has a long text at /a/c~1d/1, a code is needed"
      ),
      (#"{"o": 1}"#, "the answer has a number at /o, a name is needed"),
      (#"{"v": 1}"#, "the answer has a number at /v, true or false is needed"),
      (#"{"v": "yes"}"#, "the answer has a text at /v, true or false is needed"),
      (#"{"ip": 1}"#, "the answer has a number at /ip, an address is needed"),
      (#"{"ip": "example.com"}"#, "the answer is about another address: example.com"),
      (#"{"ip": "192.0.2.1\u0000"}"#, "the answer is about another address: 192.0.2.1\u{FFFD}"),
      ("", "the answer is not JSON: an object is expected at byte 1"),
      ("<html>", "the answer is not JSON: an object is expected at byte 1"),
      ("US\n", "the answer is not JSON: an object is expected at byte 1"),
      (#"{"n": 174"#, "the answer is not JSON: '}' is expected at byte 10"),
      (#"{"n": 174]"#, "the answer is not JSON: '}' is expected at byte 10"),
      (#"{"n": 174} {}"#, "the answer is not JSON: the end of the text is expected at byte 12"),
      (#"{"n": tru}"#, "the answer is not JSON: a value is expected at byte 7"),
      (#"{"n": 1:2}"#, "the answer is not JSON: a value is expected at byte 7"),
      (#"{"n": "\x"}"#, "the answer is not JSON: a text has an invalid escape at byte 7"),
      (#"{"n": [1, }"#, "the answer is not JSON: a value is expected at byte 11"),
      (
        String(repeating: "[", count: 1000),
        "the answer is not JSON: it has more than 32 levels at byte 33"
      ),
    ])
  func unusable(_ body: String, _ message: String) {
    let error = #expect(throws: AnswerError.self) {
      try AnswerReader(own).answer(Array(body.utf8), for: client)
    }
    #expect(error?.message == message)
  }

  @Test("an answer has at most 64 KiB")
  func size() throws {
    let end = Array(#"{"n": 174}"#.utf8)
    var body = [UInt8](repeating: 0x20, count: AnswerReader.mostBytes - end.count) + end
    #expect(try AnswerReader(own).answer(body, for: client).record.asn == .value(174))
    body.append(0x20)
    let error = #expect(throws: AnswerError.self) {
      try AnswerReader(own).answer(body, for: client)
    }
    #expect(error?.message == "the answer has more than 65,536 bytes")
  }

  @Test("a name of an organisation is cut to 256 bytes")
  func longName() throws {
    let body = #"{"o": ""# + String(repeating: "é", count: 1000) + #""}"#
    let answer = try AnswerReader(own).answer(Array(body.utf8), for: client)
    #expect(answer.record.organisation == String(repeating: "é", count: 128))
  }

  @Test("without a pointer to the country an empty answer is negative, another is not")
  func noCountry() throws {
    let reader = AnswerReader(AnswerShape(fields: [.asn: [try JSONPointer("/asn")]]))
    #expect(try reader.answer(Array(#"{"asn": 1}"#.utf8), for: client).isNegative == false)
    #expect(try reader.answer(Array(#"{"country": "US"}"#.utf8), for: client).isNegative)
  }

  @Test("damaged answers do not trap", arguments: 0..<UInt64(20))
  func damaged(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let vendor = try #require(VendorAnswer.all.randomElement(using: &random))
      var body = Array(vendor.body.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: body.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: body[place] = UInt8.random(in: 0...255, using: &random)
        case 1: body.removeSubrange(place...)
        case 2:
          body.insert(try #require("{}[]\"\\,:0".utf8.randomElement(using: &random)), at: place)
        default: body.remove(at: place)
        }
        if body.isEmpty { body = [0] }
      }
      let answer = try? AnswerReader(vendor.preset.shape).answer(body, for: address(vendor.address))
      if let answer { #expect(answer.record.summary.utf8.count < 1 << 10) }
    }
  }
}
