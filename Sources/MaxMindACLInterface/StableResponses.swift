import CMaxMindACL
import MaxMindACL

/// The answers of a policy at stable addresses: the plain one, those of steps, then one for each named deny rule.
///
/// INVARIANT: only `init` writes, so any thread may read. `texts` keeps the pointees of `responses` alive.
@safe final class StableResponses: @unchecked Sendable {
  private let responses: UnsafeMutableBufferPointer<maxmind_acl_response>
  private let texts: StableTexts
  /// The index of each step's answer, by the step's number. One for each `UInt8`, so that no number needs a check.
  private var places = InlineArray<256, UInt8>(repeating: 0)
  /// The index of the first named deny rule's answer.
  private let firstOfRules: Int
  /// The number of the first named deny rule.
  private let firstNamed: UInt32

  init(_ policy: Policy) {
    let answers = policy.answers
    firstNamed = UInt32(truncatingIfNeeded: policy.rules.first(of: .denyRules) ?? 0)
    var laidOut = [answers.plain]
    for step in answers.steps {
      places[Int(step.rawValue)] = UInt8(laidOut.count)
      laidOut.append(answers.answer(to: step))
    }
    firstOfRules = laidOut.count
    laidOut += answers.ofRules
    let texts = StableTexts()
    self.texts = texts
    unsafe responses = .allocate(capacity: laidOut.count)
    _ = unsafe responses.initialize(from: laidOut.map { unsafe texts.response($0) })
  }

  deinit {
    unsafe responses.deallocate()
  }

  /// The answer to a denial with this code of a reason and this number of a rule.
  @unsafe func response(code: UInt8, rule: UInt32) -> UnsafePointer<maxmind_acl_response>? {
    guard let start = unsafe responses.baseAddress else { return nil }
    var index = unsafe Int(places[unchecked: Int(code)])
    if UInt32(code) == MAXMIND_ACL_REASON_DENY_RULES.rawValue, rule >= firstNamed {
      index = firstOfRules &+ Int(rule &- firstNamed)
    }
    return unsafe UnsafePointer(start + (index < responses.count ? index : 0))
  }
}

/// The pointees of the answers.
@safe private final class StableTexts {
  private var bodies: [String: StableBytes] = [:]
  private var kept: [StableBytes] = []
  private var fields: [StableFields] = []

  @unsafe func response(_ answer: ConfiguredAnswer) -> maxmind_acl_response {
    var response = unsafe maxmind_acl_response()
    unsafe response.status = CInt(truncatingIfNeeded: answer.status)
    unsafe response.phrase = unsafe text(reasonPhrase(of: answer.status)).start
    switch answer.content {
    case .close: unsafe response.closes = true
    case .redirect: unsafe response.redirects = true
    case .page, .proxyPage: break
    }
    if let page = answer.page {
      let body = body(page)
      unsafe response.body = body.start
      unsafe response.body_length = body.count
      unsafe response.body_has_nul = page.bytes.contains(0)
    }
    let type = text(answer.contentType)
    unsafe response.content_type = type.start
    unsafe response.content_type_length = type.count
    let fields = StableFields(answer.fields.map { (name: text($0.name), value: text($0.value)) })
    self.fields.append(fields)
    unsafe response.fields = unsafe fields.start
    unsafe response.field_count = fields.count
    return unsafe response
  }

  /// All answers with the same page share its bytes.
  private func body(_ page: ConfiguredAnswer.Page) -> StableBytes {
    if let body = bodies[page.file] { return body }
    let body = StableBytes(page.bytes)
    bodies[page.file] = body
    return body
  }

  private func text(_ text: String) -> StableBytes {
    let bytes = StableBytes(Array(text.utf8))
    kept.append(bytes)
    return bytes
  }
}

/// Header fields as C structures. The owner keeps their texts alive.
@safe private final class StableFields {
  private let storage: UnsafeMutableBufferPointer<maxmind_acl_field>

  init(_ fields: [(name: StableBytes, value: StableBytes)]) {
    unsafe storage = .allocate(capacity: fields.count)
    for (index, field) in fields.enumerated() {
      unsafe storage.initializeElement(
        at: index,
        to: maxmind_acl_field(
          name: field.name.start, name_length: field.name.count, value: field.value.start,
          value_length: field.value.count))
    }
  }

  deinit {
    unsafe storage.deallocate()
  }

  @unsafe var start: UnsafePointer<maxmind_acl_field>? {
    unsafe UnsafePointer(storage.baseAddress)
  }

  var count: Int { unsafe storage.count }
}
