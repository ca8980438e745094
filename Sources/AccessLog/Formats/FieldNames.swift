/// The notation of a field pattern, and the names of the fields that matter.
enum FieldNotation: Sendable, CaseIterable {
  /// nginx's `log_format`: `$name` or `${name}`; also the names of our own.
  case dollar
  /// Traffic Server's logging.yaml: `%<name>` or `%<{Header}name>`.
  case trafficServer
  /// Apache's `LogFormat`: `%h`, `%>s`, `%{Header}i`.
  case percent
  /// Envoy's access log format: `%START_TIME%`, `%REQ(Header)%`.
  case envoy
  /// The `#Fields:` of W3C's extended log file format: `c-ip`, `cs(Header)`.
  case w3c

  /// The meaning of a name, and its rank. Of several fields with one meaning, the lowest rank counts.
  func meaning(of name: String) -> (field: LogField, rank: Int) {
    let known = self == .envoy ? Self.withoutTimeFormat(name) : name
    let lowered = self == .dollar ? known : Self.loweringHeader(known, self)
    for (field, names) in names {
      if let rank = names.firstIndex(of: lowered) { return (field, rank) }
    }
    if self == .percent, name.hasPrefix("{"), name.hasSuffix("}t"), Self.isReadableTime(name) {
      return (.time, 1)
    }
    return (.other, 0)
  }

  /// The name of the request's header field that a field holds, by `headerByte`. Nil: it holds something else.
  func header(of name: String) -> [UInt8]? {
    let (start, end) = headerMarks
    let isMarked = name.hasPrefix(start) && name.hasSuffix(end)
    // CloudFront and IIS also write the bare name.
    let isBare = self == .w3c && name.lowercased().hasPrefix("x-")
    guard isMarked || isBare else { return nil }
    let header = isMarked ? name.dropFirst(start.count).dropLast(end.count) : name[...]
    return header.isEmpty || header.hasPrefix(":") ? nil : header.utf8.map(headerByte)
  }

  /// The text around the name of a header field.
  private var headerMarks: (start: String, end: String) {
    switch self {
    case .dollar: ("http_", "")
    case .trafficServer: ("{", "}cqh")
    case .percent: ("{", "}i")
    case .envoy: ("REQ(", ")")
    case .w3c: ("cs(", ")")
    }
  }

  /// A field as patterns write it.
  func spelling(_ name: String) -> String {
    switch self {
    case .dollar: "$\(name)"
    case .trafficServer: "%<\(name)>"
    case .percent: "%\(name)"
    case .envoy: "%\(name)%"
    case .w3c: name
    }
  }

  /// The names of a field as patterns write them, the best first.
  func spellings(of field: LogField) -> [String] {
    (names.first { $0.field == field }?.names ?? []).map(spelling)
  }

  /// How patterns write a header field.
  var headerSpelling: String {
    let (start, end) = headerMarks
    return spelling("\(start)\(self == .dollar ? "name" : "Name")\(end)")
  }

  /// The names with a meaning. The connection's address goes before headers: any client can send a header, and a
  /// server's configuration may already have set the address from one.
  private var names: [(field: LogField, names: [String])] {
    switch self {
    case .dollar:
      [
        (
          .client,
          [
            "client", "remote_addr", "proxy_protocol_addr", "realip_remote_addr",
            "http_cf_connecting_ip", "http_true_client_ip", "http_x_real_ip",
            "http_x_forwarded_for", "proxy_add_x_forwarded_for",
          ]
        ),
        (.endpoint, ["endpoint"]),
        (.time, ["time", "time_local", "time_iso8601", "msec"]),
        (.utcTime, ["utc_time"]),
        (.url, ["url"]),
        (.request, ["request"]),
        (.host, ["http_host", "host", "server_name"]),
        (.path, ["path", "request_uri", "uri", "document_uri"]),
        (.scheme, ["scheme"]),
        (.method, ["method", "request_method"]),
        (.words, ["words"]),
        (.rest, ["rest"]),
      ]
    case .trafficServer:
      [
        (.client, ["chi", "{x-real-ip}cqh", "{x-forwarded-for}cqh"]),
        (.time, ["cqtq", "cqts", "cqtn"]),
        (.url, ["cquuc", "cquc"]),
        (.request, ["cqtx"]),
        (.host, ["cquuh", "{host}cqh"]),
        (.path, ["cquup", "cqup"]),
        (.scheme, ["cqus"]),
        (.method, ["cqhm"]),
      ]
    case .percent:
      [
        (
          .client,
          [
            "a", "{c}a", "h", "{cf-connecting-ip}i", "{true-client-ip}i", "{x-real-ip}i",
            "{x-forwarded-for}i",
          ]
        ),
        (.time, ["t"]),
        (.request, ["r"]),
        (.host, ["{host}i", "V", "v"]),
        (.path, ["U"]),
        (.port, ["p", "{canonical}p"]),
        (.method, ["m"]),
      ]
    case .envoy:
      [
        (
          .client,
          [
            "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_REMOTE_ADDRESS",
            "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
            "REQ(x-forwarded-for)",
          ]
        ),
        (.time, ["START_TIME"]),
        (.host, ["REQ(:authority)", "REQ(host)"]),
        (.path, ["REQ(x-envoy-original-path?:path)", "REQ(:path)"]),
        (.scheme, ["REQ(:scheme)", "REQ(x-forwarded-proto)"]),
        (.method, ["REQ(:method)"]),
      ]
    case .w3c:
      [
        (.client, ["c-ip"]),
        (.date, ["date"]),
        (.utcTime, ["time"]),
        (.url, ["cs-uri"]),
        (.host, ["x-host-header", "cs(host)", "cs-host"]),
        (.path, ["cs-uri-stem"]),
        (.scheme, ["cs-uri-scheme", "cs-protocol"]),
        (.port, ["cs-uri-port", "s-port"]),
        (.method, ["cs-method"]),
      ]
    }
  }

  /// The name with a header's name in lower case.
  private static func loweringHeader(_ name: String, _ notation: FieldNotation) -> String {
    switch notation {
    case .w3c: return name.lowercased()
    case .envoy:
      guard let start = name.firstIndex(of: "(") else { return name }
      return name[..<start] + name[start...].lowercased()
    case .dollar, .trafficServer, .percent:
      guard let end = name.lastIndex(of: "}") else { return name }
      return name[...end].lowercased() + name[name.index(after: end)...]
    }
  }

  /// Envoy's `START_TIME(%s.%3f)` without the format, if it holds a date and a zone.
  private static func withoutTimeFormat(_ name: String) -> String {
    guard name.hasPrefix("START_TIME("), name.hasSuffix(")") else { return name }
    let format = name.dropFirst("START_TIME(".count).dropLast()
    let isReadable = format.hasPrefix("%s") || format.hasSuffix("Z") || format.hasSuffix("%z")
    return isReadable ? "START_TIME" : name
  }

  /// Whether Apache's `%{format}t` holds a date and a zone.
  private static func isReadableTime(_ name: String) -> Bool {
    let format = name.dropFirst().dropLast(2)
    let plain = format.hasPrefix("begin:") ? format.dropFirst(6) : format
    return ["sec", "msec", "usec", "%s"].contains(plain) || plain.hasSuffix("%z")
  }
}
