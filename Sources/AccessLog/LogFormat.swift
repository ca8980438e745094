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

  init(name: String, layout: Layout) {
    self.name = name
    self.layout = layout
  }

  private init(
    name: String, _ fields: [(field: LogField, literal: String)], start: String = "",
    escaping: RequestParts.Escaping = .none, isWhole: Bool = false
  ) {
    let pattern = FieldPattern(
      start: Array(start.utf8), fields: fields.map { ($0.field, Array($0.literal.utf8)) },
      escaping: escaping, isWhole: isWhole)
    self.init(name: name, layout: .fields(pattern))
  }

  /// The formats that have a name, in the order in which they are tried where nobody says which it is.
  package static let known: [LogFormat] = [
    combined, common, virtualHostCombined, extended, extended2, squid, requests, json,
  ]

  /// The format of a name; nil if there is none.
  package static func named(_ name: String) -> LogFormat? {
    known.first { $0.name == name }
  }

  /// `CLIENT URL`, with any blanks between; `-` for no client.
  package static let requests = LogFormat(
    name: "requests", [(.client, " "), (.url, "")], isWhole: true)

  /// nginx's and Apache's `combined`.
  package static let combined = LogFormat(
    name: "combined",
    start(of: "") + numbers(2, and: [(.other, "\" \""), (.other, "\"")], quoted: true),
    escaping: .backslash)

  /// nginx's and Apache's `common`.
  package static let common = LogFormat(
    name: "common", start(of: "") + numbers(2), escaping: .backslash)

  /// Apache's `vhost_combined`: the server's name and port, then `combined`.
  package static let virtualHostCombined = LogFormat(
    name: "vhost_combined",
    [(.host, " ")] + start(of: "")
      + numbers(2, and: [(.other, "\" \""), (.other, "\"")], quoted: true),
    escaping: .backslash)

  /// Traffic Server's `extended`.
  package static let extended = LogFormat(name: "extended", start(of: "") + numbers(11))

  /// Traffic Server's `extended2`.
  package static let extended2 = LogFormat(name: "extended2", start(of: "") + numbers(15))

  /// Traffic Server's and Squid's `squid`.
  package static let squid = LogFormat(
    name: "squid",
    [
      (.time, " "), (.other, " "), (.client, " "), (.other, " "), (.other, " "), (.other, " "),
      (.url, " "), (.other, " "), (.other, " "), (.other, ""),
    ])

  /// A JSON object a line, with the names that servers and their manuals use.
  package static let json = LogFormat(name: "json", layout: .json(.common))

  /// What all formats begin with that stem from the first web server's: `host ident user [time] "request" `.
  private static func start(of: String) -> [(field: LogField, literal: String)] {
    [(.client, " "), (.other, " ["), (.time, "] \""), (.request, "\" ")]
  }

  /// Some words, then what else there is.
  private static func numbers(
    _ count: Int, and rest: [(field: LogField, literal: String)] = [], quoted: Bool = false
  ) -> [(field: LogField, literal: String)] {
    (1...count).map { (.other, $0 < count ? " " : quoted ? " \"" : "") } + rest
  }
}
