import MaxMindACL
import URLPattern

/// A line of a remap.config that maps or redirects.
package struct RemapLine: Sendable {
  /// The effect of the line on its URLs.
  package enum Kind: String, Sendable {
    /// Requests go through its plugins, then to another server.
    case map
    /// The same, depending on the port that the request came in on.
    case mapWithReceivePort = "map_with_recv_port"
    /// The same, only for requests from some pages.
    case mapWithReferer = "map_with_referer"
    /// For the headers of answers. Maps no request.
    case reverseMap = "reverse_map"
    /// Answers with 301 if no line maps the URL. Runs no plugin.
    case redirect
    /// Answers with 307 if no line maps the URL. Runs no plugin.
    case redirectTemporary = "redirect_temporary"

    /// Whether requests go through the plugins of such a line.
    package var isForward: Bool {
      self == .map || self == .mapWithReceivePort || self == .mapWithReferer
    }
  }

  /// The line as it stands in its file.
  let source: RemapSource
  /// The words of the line without its options: type, URL from, URL to.
  package var text: String
  /// The effect of the line.
  package var kind: Kind
  /// The URLs that it maps from.
  package var from: RemapURL
  /// The expression for hosts in place of `from.host`. Nil: not a `regex_` line.
  package var hostPattern: HostPattern?
  /// The configurations of its `@plugin=maxmind_acl.so`, as they are written.
  package var configurations: [String]
  /// The conditions besides rules, URL and client that decide on the requests of the line: errors when such a request
  /// is decided. A `map_with_recv_port` has them for all requests that it may map.
  package var conditions: [Diagnostic] = []

  /// The file, as a person would name it.
  package var file: String { source.file }
  /// The number of the line, or of the first line that it is joined from, from 1.
  package var number: Int { source.number }
  /// `file:number`.
  package var place: String { "\(file):\(number)" }
}

/// A `@plugin=maxmind_acl.so` of a remap.config.
package struct RemapInstance: Sendable {
  /// The `@pparam`: the file name of the configuration.
  package var configuration: String
  /// The host of the line's URL. Nil: none, or an expression.
  package var mapHost: String?
}
