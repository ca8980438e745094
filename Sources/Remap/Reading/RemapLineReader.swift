import MaxMindACL
import Text
import URLPattern

/// Reads a line that maps or redirects.
///
/// Source: Traffic Server's `remap_parse_config_bti` and `process_regex_mapping_config`.
struct RemapLineReader {
  struct Mistake: Error {
    var id = DiagnosticID.remapLine
    var message: String

    init(_ message: String, id: DiagnosticID = .remapLine) {
      self.message = message
      self.id = id
    }
  }

  let words: RemapWords
  let source: RemapSource
  let version: TrafficServerVersion

  private static let maximumWords = 2_048
  private static let maximumGroups = 9
  private static let maximumReferences = 10

  func read(_ configurations: [String]) -> Result<RemapLine, Mistake> {
    do throws(Mistake) {
      return .success(try line(configurations))
    } catch {
      return .failure(error)
    }
  }

  private func line(_ configurations: [String]) throws(Mistake) -> RemapLine {
    guard words.plain.count >= 3, words.plain.count <= Self.maximumWords else {
      let count = words.plain.count
      let found = count == 1 ? "there is 1 word" : "there are \(count) words"
      throw Mistake(
        "expected a line like map http://a.example/ http://origin.example/, but \(found)")
    }
    let (kind, isPattern) = try kind()
    let from = try from(kind)
    let target = try target(from)
    let hostPattern = isPattern ? try hostPattern(from, target) : nil
    if let mistake = words.mistakeOfActions(by: version) { throw Mistake(mistake) }
    if !kind.isForward, !configurations.isEmpty {
      throw Mistake(
        "Traffic Server runs no plugins on a \(kind.rawValue) line, so its rules decide nothing",
        id: .remapPlugin)
    }
    let text = words.plain.prefix(3).map { String(decoding: $0, as: UTF8.self) }
    return RemapLine(
      source: source, text: text.joined(separator: " "), kind: kind,
      from: from, hostPattern: hostPattern, configurations: configurations)
  }

  private func kind() throws(Mistake) -> (kind: RemapLine.Kind, isPattern: Bool) {
    let word = String(decoding: words.plain[0], as: UTF8.self)
    var name = String(decoding: words.plain[0].map(\.asciiLowerCased), as: UTF8.self)
    let isPattern = name.hasPrefix("regex_")
    if isPattern { name.removeFirst("regex_".count) }
    guard let kind = RemapLine.Kind(rawValue: name) else {
      throw Mistake("Traffic Server knows no mapping \(word)")
    }
    return (kind == .map && words.isByReferer ? .mapWithReferer : kind, isPattern)
  }

  private func from(_ kind: RemapLine.Kind) throws(Mistake) -> RemapURL {
    let word = words.plain[1]
    let text = String(decoding: word, as: UTF8.self)
    let from: RemapURL
    do throws(RemapURL.Failure) {
      from = try RemapURL(word, by: version)
    } catch {
      switch error {
      case .malformed: throw Mistake("\(text) is not a URL that can be mapped from")
      case .scheme(let scheme):
        throw Mistake("\(text): the scheme \(scheme) cannot be mapped; use http, https, ws or wss")
      }
    }
    if from.host.isEmpty {
      guard kind.isForward else { throw Mistake("\(text): a \(kind.rawValue) needs a host") }
      guard word.first == UInt8(ascii: "/") else {
        throw Mistake("\(text): a URL without a host begins with /")
      }
    }
    return from
  }

  private func target(_ from: RemapURL) throws(Mistake) -> RemapTarget {
    let text = String(decoding: words.plain[2], as: UTF8.self)
    guard let target = RemapTarget(words.plain[2]) else {
      throw Mistake("\(text) is not a URL with a host that can be mapped to")
    }
    guard ["http", "https", "ws", "wss", "tunnel"].contains(target.scheme) else {
      throw Mistake("\(text): cannot map to \(target.scheme); use http, https, ws or wss")
    }
    if from.scheme == .ws || from.scheme == .wss {
      guard target.scheme == "ws" || target.scheme == "wss" else {
        throw Mistake("\(text): ws and wss map only to ws and wss")
      }
    }
    return target
  }

  private func hostPattern(
    _ from: RemapURL, _ target: RemapTarget
  ) throws(Mistake) -> HostPattern {
    let pattern: HostPattern
    do throws(PatternError) {
      pattern = try HostPattern(from.host, matchesWhole: version.matchesWholeHost)
    } catch {
      throw Mistake("\(String(decoding: from.host, as: UTF8.self)): \(error.message)")
    }
    guard pattern.groupCount <= Self.maximumGroups else {
      throw Mistake("the expression has \(pattern.groupCount) groups; 9 are allowed")
    }
    let references = zip(target.host, target.host.dropFirst()).filter { mark, _ in
      mark == UInt8(ascii: "$")
    }
    guard references.count <= Self.maximumReferences else {
      throw Mistake("there are \(references.count) references such as $1; 10 are allowed")
    }
    for (_, digit) in references {
      guard digit.isASCIIDigit, Int(digit & 0x0F) <= pattern.groupCount else {
        let reference = "$" + String(decoding: [digit], as: UTF8.self)
        throw Mistake("\(reference): the expression has no such group")
      }
    }
    return pattern
  }
}

extension RemapLine {
  /// The host of the line, without the brackets of an IPv6 address. Nil: the line is for all hosts.
  var mapHost: String? {
    let bare = from.host.filter { $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") }
    return bare.isEmpty ? nil : String(decoding: bare, as: UTF8.self)
  }
}
