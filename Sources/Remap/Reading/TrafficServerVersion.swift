/// A version of Traffic Server: the table of the differences in how versions read and use remap lines and
/// configurations.
///
/// Source: Traffic Server's `RemapConfig.cc`, `UrlRewrite.cc`, `RemapProcessor.cc` and `URL.cc`.
package enum TrafficServerVersion: String, CaseIterable, Sendable {
  /// As Debian 12's 9.2.9.
  case v9_2 = "9.2"
  /// Also 10.1, which chooses the same lines.
  case v10_2 = "10.2"

  private var isFrom10: Bool {
    switch self {
    case .v9_2: false
    case .v10_2: true
    }
  }

  /// Whether the expression of a `regex_` line has to match the whole host. False: it is searched for. 10.0 searches.
  package var matchesWholeHost: Bool { isFrom10 }
  /// Whether `;parameters` belong to the path. False: the path ends before its first `;`.
  package var keepsParametersInPath: Bool { isFrom10 }
  /// Whether a final `;` of a path that begins no parameters is removed.
  package var dropsEmptyParameters: Bool { !isFrom10 }
  /// Whether a port above 65535 counts as no port, as in 9.2.15. False: its low 16 bits count.
  package var dropsLargePorts: Bool { isFrom10 }
  /// Whether `http+unix` and `https+unix` can be mapped from: requests on a Unix domain socket.
  package var hasUnixSchemes: Bool { isFrom10 }
  /// Whether `@src_ip_category` is a filter. False: an unknown option, which is ignored.
  package var hasCategories: Bool { isFrom10 }
  /// Whether a filter with two `@action` is refused.
  package var refusesSecondAction: Bool { isFrom10 }
  /// Whether another plugin can verify a client's address.
  package var hasVerifiedAddresses: Bool { isFrom10 }
}
