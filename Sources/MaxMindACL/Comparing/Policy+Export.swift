import Addresses
import GeoDatabase

/// The clients of an export.
package struct ExportedClients: Sendable {
  /// The verdict on all their requests. Nil: any.
  package var verdict: Verdict?
  /// Their countries. Empty: any, or none.
  package var countries: Set<PlaceCode> = []
  /// Whether requests that `bypass` lets through by a header field or the URL are ignored.
  package var ignoresBypass = false

  package init(verdict: Verdict? = nil, countries: Set<PlaceCode> = []) {
    self.verdict = verdict
    self.countries = countries
  }
}

extension Policy {
  /// Calls the body with the fewest CIDR blocks that contain exactly some clients: first IPv4, then IPv6, ascending.
  ///
  /// Leaves out the aliases of IPv4 addresses in a database, such as 6to4, unless `deny.ip` or `bypass.ip` decides.
  ///
  /// ```swift
  /// policy.forEachPrefix(of: ExportedClients(verdict: .deny)) { print($0) }
  /// ```
  package func forEachPrefix<Failure: Error>(
    of clients: ExportedClients, _ body: (AddressRange) throws(Failure) -> Void
  ) throws(Failure) {
    var walk = PolicyWalk([self], ignoringBypass: clients.ignoresBypass)
    var prefixes = PrefixAggregation()
    while let range = walk.next() {
      guard let outcome = walk.outcome(of: 0) else { continue }
      if let verdict = clients.verdict, outcome.certain != verdict { continue }
      if !clients.countries.isEmpty {
        guard let country = walk.country(of: 0), clients.countries.contains(country) else {
          continue
        }
      }
      try prefixes.append(range, body)
    }
    try prefixes.finish(body)
  }
}
