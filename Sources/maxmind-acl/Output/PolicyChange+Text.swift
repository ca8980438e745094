import Foundation
import GeoDatabase
import MaxMindACL
import Text

extension PolicyChange {
  private static let shownGroups = 20

  /// `0.0015 % of the IPv4 space and 0.0 % of the known IPv6 space decided otherwise`
  var shares: String {
    "\(Self.percentage(ipv4Share)) of the IPv4 space and \(Self.percentage(ipv6Share)) of the known "
      + "IPv6 space decided otherwise"
  }

  /// The largest groups, one a line with its conditions below.
  var lines: [String] {
    groups.prefix(Self.shownGroups).flatMap(lines)
      + (groups.count > Self.shownGroups ? ["  … and \(groups.count - Self.shownGroups) more"] : [])
  }

  /// `  DE → US: deny → allow: 65,536 IPv4 addresses: 127.2.0.0/16`
  private func lines(_ group: Group) -> [String] {
    func name(_ code: PlaceCode?) -> String { code?.description ?? "no country" }
    func arrow(_ old: String, _ new: String) -> String { old == new ? old : "\(old) → \(new)" }
    let line =
      "  \(arrow(name(group.oldCountry), name(group.newCountry))): "
      + "\(arrow(group.oldOutcome, group.newOutcome)): "
      + "\(group.addresses): \(group.blocks)"
    return [line] + group.oldConditions.map { "    only before: \($0)" }
      + group.newConditions.map { "    only after: \($0)" }
  }

  /// A share with up to four decimals: `0.0031 %`.
  static func percentage(_ share: Double) -> String {
    if share > 0, share < 0.000_001 { return "less than 0.0001 %" }
    var text = String(format: "%.4f", share * 100)
    while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
    return text + " %"
  }
}

extension PolicyChange.Group {
  /// How many addresses the group has: `65,536 IPv4 addresses, 256 IPv6 /64s`.
  var addresses: String {
    var counts: [String] = []
    if ipv4Count > 0 {
      counts.append(counted(Int(clamping: ipv4Count), "IPv4 address", plural: "IPv4 addresses"))
    }
    if ipv6Count > 0 {
      counts.append(counted(Int(clamping: (ipv6Count - 1) >> 64 + 1), "IPv6 /64"))
    }
    return counts.joined(separator: ", ")
  }

  /// The first CIDR blocks: `127.2.0.0/16, 198.51.100.0/24 and 7 more`.
  var blocks: String {
    let more = blockCount - examples.count
    return examples.map(\.description).joined(separator: ", ")
      + (more > 0 ? " and \(grouped(more)) more" : "")
  }
}
