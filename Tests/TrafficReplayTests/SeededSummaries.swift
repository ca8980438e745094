import SeededRandom
@testable import TrafficReplay

/// 2026-09-01 00:00 UTC.
let september = 1_788_220_800

private let codes = [
  "US", "DE", "GB", "FR", "NL", "IN", "BR", "CN", "RU", "JP", "CA", "IT", "ES", "PL", "SE", "AU",
  "UA", "TR", "MX", "ID", "VN", "KR", "CZ", "AT", "CH", "BE", "DK", "NO", "FI", "PT", "RO", "HU",
  "GR", "IE", "IL", "ZA", "AR", "CL", "CO", "PE", "TH", "MY", "SG", "PH", "HK", "TW", "SA", "AE",
  "EG", "NG", "KE", "MA", "DZ", "PK", "BD", "LK", "KZ", "BG", "HR", "-",
]

/// A day of a site with a dip at night and two hours without requests: 60 countries,
/// 200 rules (30 of them never hit), 500 hosts.
func seededDay(seed: UInt64 = 1) -> ReplaySummary {
  var random = SeededGenerator(seed: seed)
  var summary = ReplaySummary(
    coverage: Coverage(files: ["access.log", "access.log.1.gz"]), configurations: [])

  for minute in 0..<1440 where !(300..<420).contains(minute) {
    let hour = Double(minute) / 60
    let distance = min(abs(hour - 14), 24 - abs(hour - 14)) / 12
    let load = 4200 * (1 - 0.8 * distance * distance)
    let total = Int(load * Double.random(in: 0.93...1.07, using: &random))
    let attack = (1110..<1150).contains(minute) ? 0.21 : 0.02
    let denied = Int(Double(total) * attack * Double.random(in: 0.7...1.3, using: &random))
    let counts = VerdictCounts(allow: total - denied, deny: denied)
    summary.timeline.intervals.append(
      Timeline.Interval(start: september + minute * 60, decisions: counts))
    summary.decisions.allow += counts.allow
    summary.decisions.deny += counts.deny
  }
  summary.unmapped = 12_345
  let requests = summary.decisions.total + summary.unmapped
  summary.coverage.requests = requests
  summary.coverage.lines = requests + 61
  summary.coverage.malformed = ["not UTF-8": 4, "no address": 57]
  summary.coverage.malformedExamples = [
    .init(kind: "no address", file: "access.log", line: 17, text: #"- - - [01/Sep/2026] "GET / "#),
    .init(kind: "no address", file: "access.log", line: 99, text: "unix: - - "),
    .init(kind: "not UTF-8", file: "access.log.1.gz", line: 3, text: "192.0.2.1 \u{FFFD}\u{FFFD}"),
  ]

  for (key, allowed) in split(summary.decisions.allow, among: codes) {
    summary.countries[key] = VerdictCounts(allow: allowed)
  }
  for (key, denied) in split(summary.decisions.deny, among: Array(codes[6...12])) {
    summary.countries[key, default: VerdictCounts()].deny += denied
  }
  let hosts = (1...500).map { $0 == 1 ? "www.shop.example" : "customer-\($0).shop.example" }
  for (key, total) in split(requests, among: hosts) {
    summary.hosts.counts[key] = VerdictCounts(allow: total - total / 50, deny: total / 50)
  }
  let networks = (0..<300).map { $0 % 4 == 3 ? "2001:db8:\($0)::/48" : "198.51.\($0 % 256).0/24" }
  for (key, denied) in split(summary.decisions.deny / 2, among: Array(Set(networks)).sorted()) {
    summary.deniedNetworks.counts[key] = denied
  }
  summary.deniedNetworks.others = summary.decisions.deny - summary.decisions.deny / 2
  addRules(to: &summary)
  return summary
}

private func addRules(to summary: inout ReplaySummary) {
  var rules: [ReplaySummary.RuleHits] = []
  for index in 0..<120 {
    rules.append(
      .init(kind: "deny.ip", text: "203.0.113.\(index)/32", line: 5 + index))
  }
  for (index, code) in codes[6...35].enumerated() {
    rules.append(.init(kind: "deny.country", text: code, line: 130 + index))
  }
  for index in 0..<50 {
    let pattern = #"[DE, ".*/private/area-\#(index)/.*\.(zip|tar\.gz|iso)"]"#
    rules.append(.init(kind: "deny.regex", text: pattern, line: 170 + index))
  }
  let hits = rules.indices.filter { $0 % 20 >= 3 }
  let hitting =
    hits.filter { rules[$0].kind == "deny.country" }
    + hits.filter { rules[$0].kind != "deny.country" }
  let shares = split(summary.decisions.deny - 4000, among: hitting.map(String.init))
  for index in hitting { rules[index].hits = shares[String(index)] ?? 0 }
  summary.configurations = [
    .init(
      file: "maxmind.yaml", databaseType: "GeoLite2-Country", databaseBuilt: september - 86_400 * 3,
      decisions: summary.decisions, rules: rules)
  ]
  summary.reasons = ["default": VerdictCounts(allow: summary.decisions.allow - 5000)]
  summary.reasons["unknown"] = VerdictCounts(deny: 4000)
  summary.reasons["no rules"] = VerdictCounts(allow: 5000)
  for rule in rules { summary.reasons[rule.kind, default: VerdictCounts()].deny += rule.hits }
}

/// Shares of a total that fall off quickly and add up to it.
private func split(_ total: Int, among keys: [String]) -> [String: Int] {
  let weights = keys.indices.map { 1 / (Double($0) + 1.5) }
  let sum = weights.reduce(0, +)
  var shares: [String: Int] = [:]
  var rest = total
  for (key, weight) in zip(keys, weights).dropFirst() {
    let share = Int(Double(total) * weight / sum)
    shares[key] = share
    rest -= share
  }
  if let first = keys.first { shares[first] = rest }
  return shares
}

/// Two sides that differ in 1,634 of five million requests.
func seededDifference() -> DifferenceSummary {
  typealias Cause = DifferenceSummary.Cause
  var coverage = Coverage(files: ["access.log"])
  coverage.lines = 5_000_000
  coverage.requests = 5_000_000
  var summary = DifferenceSummary(
    coverage: coverage,
    old: .init(
      file: "maxmind.yaml", databases: ["GeoLite2-Country, built 2026-08-01"],
      decisions: VerdictCounts(allow: 4_900_000, deny: 98_800), unmapped: 1200),
    new: .init(
      file: "candidate/maxmind.yaml", databases: ["GeoLite2-Country, built 2026-09-01"],
      decisions: VerdictCounts(allow: 4_899_166, deny: 99_634), unmapped: 1200))
  let nobody = Cause(reason: "default", file: "maxmind.yaml")
  let country = Cause(
    reason: "deny.country", rule: "NL", file: "candidate/maxmind.yaml", line: 12)
  let pattern = Cause(
    reason: "deny.regex", rule: #"[BE, ".*\.(iso|zip)"]"#, file: "candidate/maxmind.yaml", line: 31)
  let address = Cause(reason: "deny.ip", rule: "192.0.2.0/24", file: "maxmind.yaml", line: 7)
  let unlisted = Cause(reason: "default", file: "candidate/maxmind.yaml")

  summary.unchanged = VerdictCounts(allow: 4_898_766, deny: 98_400)
  summary.newlyDenied.requests = 1234
  summary.newlyDenied.causes = [
    .init(old: nobody, new: country, requests: 1000),
    .init(old: nobody, new: pattern, requests: 234),
  ]
  summary.newlyDenied.countries = ["NL": 1000, "BE": 234]
  let hosts = (1...40).map { "host-\($0).shop.example" }
  summary.newlyDenied.hosts = FrequentKeys(counts: split(1234, among: hosts))
  let networks = (0..<25).map { "198.51.\($0).0/24" }
  summary.newlyDenied.networks = FrequentKeys(counts: split(1000, among: networks), others: 234)
  summary.newlyDenied.examples = [
    .init(
      client: "198.51.100.7", country: "NL", url: "http://www.shop.example/cart?item=1&n=2",
      old: nobody, new: country, file: "access.log", line: 17),
    .init(
      client: "2001:db8:9::1", country: "BE", url: "http://www.shop.example/images/live.iso",
      old: nobody, new: pattern, file: "access.log", line: 4711),
  ]
  summary.newlyAllowed.requests = 400
  summary.newlyAllowed.causes = [.init(old: address, new: unlisted, requests: 400)]
  summary.newlyAllowed.countries = ["-": 390, "US": 10]
  summary.newlyAllowed.hosts = FrequentKeys(counts: ["www.shop.example": 400])
  summary.newlyAllowed.networks = FrequentKeys(counts: ["192.0.2.0/24": 400])
  summary.newlyAllowed.examples = [
    .init(
      client: "192.0.2.9", country: "-", url: "http://www.shop.example/", old: address,
      new: unlisted, file: "access.log", line: 23)
  ]
  return summary
}
