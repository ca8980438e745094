/// The notation of a field pattern, and the names of the fields that matter.
enum FieldNotation: Sendable {
  /// nginx's `log_format`: `$name` or `${name}`; also the names of our own.
  case dollar
  /// Traffic Server's logging.yaml: `%<name>` or `%<{Header}name>`.
  case trafficServer
  /// Apache's `LogFormat`: `%h`, `%>s`, `%{Header}i`.
  case percent

  /// The meaning of a name, and its rank. Of several fields with one meaning, the lowest rank counts.
  func meaning(of name: String) -> (field: LogField, rank: Int) {
    let lowered = self == .dollar ? name : Self.loweringHeader(name)
    for (field, names) in names {
      if let rank = names.firstIndex(of: lowered) { return (field, rank) }
    }
    if self == .percent, name.hasPrefix("{"), name.hasSuffix("}t"), Self.isReadableTime(name) {
      return (.time, 1)
    }
    return (.other, 0)
  }

  /// The names of a field as patterns write them, the best first.
  func spellings(of field: LogField) -> [String] {
    let names = names.first { $0.field == field }?.names ?? []
    return names.map {
      switch self {
      case .dollar: "$\($0)"
      case .trafficServer: "%<\($0)>"
      case .percent: "%\($0)"
      }
    }
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
        (.time, ["time", "time_local", "time_iso8601", "msec"]),
        (.url, ["url"]),
        (.request, ["request"]),
        (.host, ["http_host", "host", "server_name"]),
        (.path, ["path", "request_uri", "uri", "document_uri"]),
        (.scheme, ["scheme"]),
        (.method, ["method", "request_method"]),
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
    }
  }

  /// The name with a header's name in lower case.
  private static func loweringHeader(_ name: String) -> String {
    guard let end = name.lastIndex(of: "}") else { return name }
    return name[...end].lowercased() + name[name.index(after: end)...]
  }

  /// Whether Apache's `%{format}t` holds a date and a zone.
  private static func isReadableTime(_ name: String) -> Bool {
    let format = name.dropFirst().dropLast(2)
    let plain = format.hasPrefix("begin:") ? format.dropFirst(6) : format
    return ["sec", "msec", "usec", "%s"].contains(plain) || plain.hasSuffix("%z")
  }
}
