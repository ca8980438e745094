/// How the lines of a log are written.
package struct LogFormat: Sendable {
  /// What the lines are.
  enum Layout: Sendable {
    /// Fields with something between them.
    case fields(FieldPattern)
    /// A JSON object a line.
    case json(JSONKeys)
  }

  /// The name that `named(_:)` knows it by, or the field pattern.
  package let name: String
  let layout: Layout
  /// Which lines are comments.
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

  /// The formats that have a name, in the order in which they are tried where nobody says which it is.
  package static let known: [LogFormat] = [
    virtualHostCombined, combined, common, extended, extended2, squid, requests, json,
  ]

  /// The format of a name; nil if there is none.
  package static func named(_ name: String) -> LogFormat? {
    known.first { $0.name == name }
  }

  /// `CLIENT URL`, with any blanks between; `-` for no client.
  package static let requests = LogFormat(
    name: "requests", [(.client, " "), (.url, "")], isWhole: true, hasTargets: false,
    comments: .all)

  /// nginx's and Apache's `combined`. It holds no host.
  package static let combined = LogFormat(
    name: "combined", start + words(2, last: " \"") + referrerAndAgent, escaping: .backslash)

  /// nginx's, Apache's and Traffic Server's `common`. The first two write no host in it.
  package static let common = LogFormat(name: "common", start + words(2), escaping: .backslash)

  /// Apache's `vhost_combined`: the server's name and port, then `combined`.
  package static let virtualHostCombined = LogFormat(
    name: "vhost_combined",
    // The client, then two words, so that `combined` is not this with `-` for the client.
    [(.host, " "), (.client, " "), (.other, " ")] + start.dropFirst() + words(2, last: " \"")
      + referrerAndAgent, escaping: .backslash, comments: .none)

  /// Traffic Server's `extended`. Its URLs are those after remapping: see `squid`.
  package static let extended = LogFormat(name: "extended", start + words(11), hasTargets: false)

  /// Traffic Server's `extended2`. Its URLs are those after remapping: see `squid`.
  package static let extended2 = LogFormat(
    name: "extended2", start + words(15), hasTargets: false)

  /// Traffic Server's and Squid's `squid`.
  ///
  /// Traffic Server 9.2 writes the URL *after* remapping here (`cquc`; in `common`, `extended` and `extended2`
  /// `cqtx`), while rules and remap lines look at the one before. A log with that one needs a format of its own
  /// in logging.yaml, with `%<cquuc>`. A request that it refused before remapping has a URL without a host.
  package static let squid = LogFormat(
    name: "squid",
    [
      (.time, " "), (.other, " "), (.client, " "), (.other, " "), (.other, " "), (.other, " "),
      (.url, " "), (.other, " "), (.other, " "), (.other, ""),
    ], hasTargets: false)

  /// A JSON object a line, with the names that servers and their manuals use.
  package static let json = LogFormat(name: "json", layout: .json(.common), comments: .directives)

  /// What all formats begin with that stem from the first web server's: `host ident user [time] "request" `.
  private static let start: [(field: LogField, literal: String)] = [
    (.client, " "), (.other, " ["), (.time, "] \""), (.request, "\" "),
  ]

  /// What ends `combined`, without its first quote.
  private static let referrerAndAgent: [(field: LogField, literal: String)] = [
    (.other, "\" \""), (.other, "\""),
  ]

  /// Some words with a blank between, and what follows the last.
  private static func words(
    _ count: Int, last: String = ""
  ) -> [(field: LogField, literal: String)] {
    (1...count).map { (.other, $0 < count ? " " : last) }
  }
}
