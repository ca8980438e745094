import ArgumentParser
import Foundation
import MaxMindACL
import Remap
import Text

/// `diff --all`: compares two rule sets for every address, without a log.
struct ExhaustiveDiff {
  /// The configurations at the same place of both sides, and how they differ.
  fileprivate struct Comparison {
    var old, new: String
    /// The remap lines, as `type URL`. Empty: one configuration decides all requests.
    var lines: [String]
    var change: PolicyChange
  }

  /// The most ranges of a group in the text.
  private static let shownRanges = 3

  private var comparisons: [Comparison] = []
  /// The remap lines that one side alone has, or with another number of configurations.
  private var unpaired: [String] = []
  private let names: (old: String, new: String)

  /// Compares configurations pairwise.
  ///
  /// - Parameter hasAllRanges: Whether each group keeps all of its ranges.
  init(from old: RuleSet, to new: RuleSet, hasAllRanges: Bool) throws {
    guard (old.remap == nil) == (new.remap == nil) else {
      throw ValidationError(
        "--all compares two configurations, or two remap.config files, not one of each")
    }
    names = (old.file, new.file)
    let mostExamples = hasAllRanges ? Int.max : Self.shownRanges
    var known: [[ObjectIdentifier]: Int] = [:]
    func compare(_ old: Policy, _ new: Policy, line: String?) {
      let key = [ObjectIdentifier(old), ObjectIdentifier(new)]
      if let place = known[key] {
        comparisons[place].lines += line.map { [$0] } ?? []
        return
      }
      known[key] = comparisons.count
      comparisons.append(
        Comparison(
          old: old.configuration.file, new: new.configuration.file, lines: line.map { [$0] } ?? [],
          change: PolicyChange(from: old, to: new, mostExamples: mostExamples)))
    }
    guard old.remap != nil else {
      compare(old.policies[0], new.policies[0], line: nil)
      return
    }
    let (before, after) = (old.chainsByLine, new.chainsByLine)
    for (line, policies) in before {
      guard let others = after.first(where: { $0.line == line })?.policies else {
        unpaired.append("only \(old.file) has \(line)")
        continue
      }
      if policies.count != others.count {
        unpaired.append(
          "\(line): \(counted(policies.count, "configuration")) in \(old.file), "
            + "\(others.count) in \(new.file)")
        continue
      }
      for (policy, other) in zip(policies, others) { compare(policy, other, line: line) }
    }
    for (line, _) in after where !before.contains(where: { $0.line == line }) {
      unpaired.append("only \(new.file) has \(line)")
    }
  }

  /// Whether both sides decide each request of every address equally.
  var isSame: Bool { unpaired.isEmpty && comparisons.allSatisfy(\.change.isEmpty) }

  /// The differences, or the statement that there are none.
  var text: String {
    var lines = unpaired
    for comparison in comparisons {
      let (change, heading) = (comparison.change, comparison.heading)
      if change.isEmpty {
        lines.append("\(heading): same for every address")
        continue
      }
      lines.append("\(heading): \(change.groups.isEmpty ? "same rules" : change.shares)")
      lines += change.keys.map { "  \($0): differs, so a request may be decided otherwise" }
      lines += change.lines
    }
    return lines.map { printable($0) + "\n" }.joined()
  }
}

extension ExhaustiveDiff.Comparison {
  fileprivate var heading: String {
    let files = "\(old) → \(new)"
    return lines.isEmpty ? files : "\(files) (\(lines.joined(separator: ", ")))"
  }
}

extension RuleSet {
  /// The configurations of each line that can deny, with the line as `type URL`.
  fileprivate var chainsByLine: [(line: String, policies: [Policy])] {
    (remap?.lines ?? []).enumerated().map { index, line in
      let words = line.text.split(separator: " ").prefix(2).joined(separator: " ")
      return (words, policies(ofLine: index))
    }
  }
}

// MARK: - JSON

extension ExhaustiveDiff {
  private struct GroupJSON: Encodable {
    var old_country, new_country: String?
    var old, new: String
    var only_old, only_new: [String]
    var ipv4_addresses: UInt64
    var ranges: [String]
  }

  private struct ComparisonJSON: Encodable {
    var old, new: String
    var lines: [String]
    var same: Bool
    var ipv4_share, ipv6_share: Double
    var keys: [String]
    var groups: [GroupJSON]
  }

  private struct JSON: Encodable {
    var format = "maxmind-acl diff-all 1"
    var old, new: String
    var same: Bool
    var unpaired: [String]
    var comparisons: [ComparisonJSON]
  }

  /// All differences with all ranges, as one JSON object.
  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let groups: (PolicyChange) -> [GroupJSON] = { change in
      change.groups.map { group in
        GroupJSON(
          old_country: group.oldCountry?.description, new_country: group.newCountry?.description,
          old: group.oldOutcome, new: group.newOutcome, only_old: group.oldConditions,
          only_new: group.newConditions, ipv4_addresses: group.ipv4Count,
          ranges: group.examples.map(\.description))
      }
    }
    let object = JSON(
      old: names.old, new: names.new, same: isSame, unpaired: unpaired,
      comparisons: comparisons.map { comparison in
        ComparisonJSON(
          old: comparison.old, new: comparison.new, lines: comparison.lines,
          same: comparison.change.isEmpty, ipv4_share: comparison.change.ipv4Share,
          ipv6_share: comparison.change.ipv6Share, keys: comparison.change.keys,
          groups: groups(comparison.change))
      })
    return Array(try encoder.encode(object)) + [10]
  }
}
