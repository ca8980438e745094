import MaxMindACL
import URLPattern

/// A line of a remap.config that maps or redirects.
package struct RemapLine: Sendable {
  /// What the line does with the URLs that it is for.
  package enum Kind: String, Sendable {
    /// Requests go through its plugins, then to another server.
    case map
    /// The same, chosen by the port that the request came in on.
    case mapWithReceivePort = "map_with_recv_port"
    /// The same, for requests that come from some pages only.
    case mapWithReferer = "map_with_referer"
    /// For the headers of answers. Maps no request.
    case reverseMap = "reverse_map"
    /// Answers with 301 where no line maps the URL. Runs no plugin.
    case redirect
    /// Answers with 307 where no line maps the URL. Runs no plugin.
    case redirectTemporary = "redirect_temporary"

    /// Whether requests go through plugins of such a line.
    package var isForward: Bool {
      self == .map || self == .mapWithReceivePort || self == .mapWithReferer
    }
  }

  /// The line as it stands in its file.
  let source: RemapSource
  /// The words of the line but for its options: type, URL from, URL to.
  package var text: String
  /// What the line does.
  package var kind: Kind
  /// The URLs that it is for.
  package var from: RemapURL
  /// The expression that hosts must match, in place of `from.host`; nil on lines that are not `regex_`.
  package var hostPattern: HostPattern?
  /// The configurations of its `@plugin=maxmind_acl.so`, as they are written.
  package var configurations: [String]
  /// What besides rules, URL and client decides on the requests that the line maps: errors where one of them is
  /// to be decided. Of a `map_with_recv_port`, on those that it may map.
  package var conditions: [Diagnostic] = []

  /// The file, as a person would name it.
  package var file: String { source.file }
  /// The number of the line, or of the first of those that it is continued from, from 1.
  package var number: Int { source.number }
  /// `file:number`.
  package var place: String { "\(file):\(number)" }
}

/// A `@plugin=maxmind_acl.so` of a remap.config.
package struct RemapInstance: Sendable {
  /// The `@pparam`: the file name of the configuration.
  package var configuration: String
  /// The host of the URL that the line maps from, if it has one that is no expression.
  package var mapHost: String?
}
