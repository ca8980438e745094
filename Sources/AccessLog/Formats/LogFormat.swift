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
  private(set) var layout: Layout
  let comments: Comments
  /// What another program wrote around each line.
  var envelope = Envelope.none
  /// The header fields that rules read.
  private(set) var headers: [LogHeader] = []
  /// The header field that has to be a list of addresses in most lines, or the lines are of another format.
  private(set) var addressList: LogHeader?
  /// Whether the client is the one for the rules, after any `client` of the proxy that wrote the log.
  private(set) var hasResolvedClients = false

  init(name: String, layout: Layout, comments: Comments) {
    self.name = name
    self.layout = layout
    self.comments = comments
  }

  /// The format for rules that read some header fields.
  func reading(_ headers: [LogHeader]) -> LogFormat {
    var format = self
    format.headers = headers
    switch layout {
    case .fields(let pattern): format.layout = .fields(pattern.reading(headers))
    case .json(let keys): format.layout = .json(keys.reading(headers))
    }
    return format
  }

  /// The name for people, with the envelope: `combined in syslog`.
  var shownName: String { envelope == .none ? name : "\(name) in \(envelope.rawValue)" }

  var isJSON: Bool {
    if case .json = layout { true } else { false }
  }

  /// Whether the lines have a time.
  var hasTime: Bool {
    switch layout {
    case .fields(let pattern):
      pattern.all.contains { [.time, .utcTime, .date].contains($0.field) }
    case .json: false
    }
  }

  // MARK: Known formats

  /// The formats with a name, in the order in which detection tries them.
  package static let known: [LogFormat] = table + [json]

  /// The format with a name. Nil: there is none.
  package static func named(_ name: String) -> LogFormat? {
    known.first { $0.name == name }
  }

  /// `CLIENT URL`, with blanks between; `-` for no client.
  package static let requests = LogFormat(
    "requests", "$client $url", isWhole: true, hasTargets: false, comments: .all)

  /// nginx's and Apache's `combined`. Has no host.
  package static let combined = LogFormat(
    "combined", "\(beginning) $status $bytes \(referrerAndAgent)", escaping: .backslash)

  /// Apache's `vhost_combined`: the server's name and port, then `combined`.
  package static let virtualHostCombined = LogFormat(
    "vhost_combined",
    // Two words after the client, so that `combined` is not this with `-` for the client.
    "$host $client $ident $user [$time] \"$request\" $status $bytes \(referrerAndAgent)",
    escaping: .backslash, comments: .none)

  /// One JSON object a line, with the names from servers' manuals.
  package static let json = LogFormat(name: "json", layout: .json(.common), comments: .directives)

  private static let table: [LogFormat] = [
    virtualHostCombined,
    // nginx's `main` of its example configuration.
    LogFormat(
      "main", "\(beginning) $status $bytes \(referrerAndAgent) \"$http_x_forwarded_for\"",
      escaping: .backslash, addressList: LogHeader("X-Forwarded-For", isList: true)),
    combined,
    // Traffic Server's `common`. Its URLs are from after remapping, and absolute: see `squid`.
    LogFormat("trafficserver-common", "\(beginning) $status $bytes", hasTargets: false),
    LogFormat("common", "\(beginning) $status $bytes", escaping: .backslash),
    // Traffic Server's `extended` and `extended2`. Their URLs are from after remapping: see `squid`.
    LogFormat("extended", beginning + words(11), hasTargets: false),
    LogFormat("extended2", beginning + words(15), hasTargets: false),
    // Traffic Server's and Squid's `squid`.
    //
    // Traffic Server 9.2 writes the URL *after* remapping here (`cquc`; in `common`, `extended` and `extended2` `cqtx`).
    // Rules and remap lines read the URL before remapping: log `%<cquuc>` in a format of your own in logging.yaml. A
    // request that Traffic Server refuses before remapping has a URL without a host.
    LogFormat(
      "squid", "$time $elapsed $client $result $bytes $method $url $user $peer $type",
      hasTargets: false),
    LogFormat(
      "alb",
      """
      $type $time $name $endpoint $target $waited $served $answered $status $from $in $out \
      "$request" "$agent" $cipher $protocol $rest
      """, escaping: .backslash),
    LogFormat(
      "elb",
      """
      $time $name $endpoint $backend $waited $served $answered $status $from $in $out \
      "$request" "$agent" $cipher $protocol
      """, escaping: .backslash),
    LogFormat(
      "s3",
      """
      $owner $bucket [$time] $client $requester $id $operation $key "$request" $status $error \
      $bytes $size $total $turned \(referrerAndAgent) $version $hostid $signature $cipher \
      $authentication $host $rest
      """, escaping: .backslash),
    // HAProxy's `option httplog`. It writes quotes as #22. Captured header fields are optional.
    LogFormat(
      "haproxy",
      """
      $endpoint [$utc_time] $frontend $backend $timers $status $bytes $asked $set $state \
      $connections $queues $captures"$request"$rest
      """),
    // Envoy's default format, and Istio's.
    LogFormat(
      "envoy",
      """
      [$time] "$method $path $protocol" $status $flags $in $out $duration $served \
      "$http_x_forwarded_for" "$agent" "$id" "$host" "$upstream"
      """),
    LogFormat(
      "istio",
      """
      [$time] "$method $path $protocol" $status $flags $details $end "$failure" $in $out \
      $duration $served "$http_x_forwarded_for" "$agent" "$id" "$host" "$upstream" $cluster \
      $from $to $remote_addr $name $route
      """),
    // The log of denials of this project. The client is the one for the rules.
    LogFormat(
      "denials", "$time $client deny $words $method $url", hasTargets: false,
      comments: .afterTime, hasResolvedClients: true),
    requests,
  ]

  /// The beginning of all formats that stem from the first web server's: `host ident user [time] "request" `.
  private static let beginning = #"$client $user [$time] "$request""#
  private static let referrerAndAgent = #""$referrer" "$agent""#

  /// Some words that have no meaning here.
  private static func words(_ count: Int) -> String {
    String(repeating: " $word", count: count)
  }

  /// A format with a pattern in nginx's notation.
  private init(
    _ name: String, _ pattern: String, escaping: RequestParts.Escaping = .none,
    isWhole: Bool = false, hasTargets: Bool = true, comments: Comments = .directives,
    addressList: LogHeader? = nil, hasResolvedClients: Bool = false
  ) {
    var text = PatternText(pattern, notation: .dollar)
    // The table has no mistakes: a test reads a line of each format.
    try? text.keepBest()
    let pattern = FieldPattern(
      start: text.start, parts: text.fieldParts, escaping: escaping, isWhole: isWhole,
      hasTargets: hasTargets)
    self.init(name: name, layout: .fields(pattern), comments: comments)
    self.addressList = addressList
    self.hasResolvedClients = hasResolvedClients
  }
}
