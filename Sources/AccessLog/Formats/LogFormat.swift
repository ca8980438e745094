/// The format of the lines of a log.
package struct LogFormat: Sendable {
  /// The kind of lines.
  enum Layout: Sendable {
    /// Fields with text between them.
    case fields(FieldPattern)
    /// One JSON object a line.
    case json(JSONKeys)
  }

  /// The name for `named(_:)`, or the field pattern.
  package let name: String
  let layout: Layout
  let comments: Comments

  init(name: String, layout: Layout, comments: Comments) {
    self.name = name
    self.layout = layout
    self.comments = comments
  }

  private init(
    name: String, _ fields: [(field: LogField, literal: String)],
    escaping: RequestParts.Escaping = .none, isWhole: Bool = false, hasTargets: Bool = true,
    comments: Comments = .directives
  ) {
    let pattern = FieldPattern(
      start: [], fields: fields.map { ($0.field, Array($0.literal.utf8)) },
      escaping: escaping, isWhole: isWhole, hasTargets: hasTargets)
    self.init(name: name, layout: .fields(pattern), comments: comments)
  }

  /// The formats with a name, in the order in which detection tries them.
  package static let known: [LogFormat] = [
    virtualHostCombined, combined, common, extended, extended2, squid, requests, json,
  ]

  /// The format with a name. Nil: there is none.
  package static func named(_ name: String) -> LogFormat? {
    known.first { $0.name == name }
  }

  /// `CLIENT URL`, with blanks between; `-` for no client.
  package static let requests = LogFormat(
    name: "requests", [(.client, " "), (.url, "")], isWhole: true, hasTargets: false,
    comments: .all)

  /// nginx's and Apache's `combined`. Has no host.
  package static let combined = LogFormat(
    name: "combined", start + words(2, last: " \"") + referrerAndAgent, escaping: .backslash)

  /// nginx's, Apache's and Traffic Server's `common`. nginx and Apache write no host.
  package static let common = LogFormat(name: "common", start + words(2), escaping: .backslash)

  /// Apache's `vhost_combined`: the server's name and port, then `combined`.
  package static let virtualHostCombined = LogFormat(
    name: "vhost_combined",
    // The client, then two words, so that `combined` is not this with `-` for the client.
    [(.host, " "), (.client, " "), (.other, " ")] + start.dropFirst() + words(2, last: " \"")
      + referrerAndAgent, escaping: .backslash, comments: .none)

  /// Traffic Server's `extended`. Its URLs are from after remapping: see `squid`.
  package static let extended = LogFormat(name: "extended", start + words(11), hasTargets: false)

  /// Traffic Server's `extended2`. Its URLs are from after remapping: see `squid`.
  package static let extended2 = LogFormat(
    name: "extended2", start + words(15), hasTargets: false)

  /// Traffic Server's and Squid's `squid`.
  ///
  /// Traffic Server 9.2 writes the URL *after* remapping here (`cquc`; in `common`, `extended` and `extended2`
  /// `cqtx`). Rules and remap lines read the URL before remapping: log `%<cquuc>` in a format of your own in
  /// logging.yaml. A request that Traffic Server refuses before remapping has a URL without a host.
  package static let squid = LogFormat(
    name: "squid",
    [
      (.time, " "), (.other, " "), (.client, " "), (.other, " "), (.other, " "), (.method, " "),
      (.url, " "), (.other, " "), (.other, " "), (.other, ""),
    ], hasTargets: false)

  /// One JSON object a line, with the names from servers' manuals.
  package static let json = LogFormat(name: "json", layout: .json(.common), comments: .directives)

  /// The beginning of all formats that stem from the first web server's: `host ident user [time] "request" `.
  private static let start: [(field: LogField, literal: String)] = [
    (.client, " "), (.other, " ["), (.time, "] \""), (.request, "\" "),
  ]

  /// The end of `combined`, without its first quote.
  private static let referrerAndAgent: [(field: LogField, literal: String)] = [
    (.other, "\" \""), (.other, "\""),
  ]

  /// Some words with blanks between, and the text after the last.
  private static func words(
    _ count: Int, last: String = ""
  ) -> [(field: LogField, literal: String)] {
    (1...count).map { (.other, $0 < count ? " " : last) }
  }
}
