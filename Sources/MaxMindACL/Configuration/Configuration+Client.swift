import Addresses

extension Configuration {
  /// `client`: where the client's address comes from. Has `trusted` and `header`, or `verified`, or all three.
  public struct Client: Sendable {
    /// `trusted`: the proxies whose `header` is believed.
    public var trusted: [Located<AddressRange>] = []
    /// `header`: the name of the field in which they say who their client is.
    public var header: Located<String>?
    /// `verified`: whether an address that another plugin of the proxy has verified comes first.
    public var readsVerified = false

    /// Whether the field is `Forwarded` (RFC 7239), not a list of addresses.
    public var isForwarded: Bool { header?.value.lowercased() == "forwarded" }
  }
}
