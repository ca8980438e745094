import Files
import Foundation
import MaxMindACL
import Testing

/// Live policies, with clocks that the tests move.
@Suite struct LivePolicyTests {
  /// A holder that records its calls.
  final class Recorder: PolicyHolder {
    struct Record: Sendable {
      var policy: Policy?
      var reloads: [Bool] = []
      var lines: [String] = []
    }
    private let state = Locked(Record())
    var record: Record { state.withLock { $0 } }

    func hold(_ policy: Policy) { state.withLock { $0.policy = policy } }
    func didReload(_ hasSucceeded: Bool) { state.withLock { $0.reloads.append(hasSucceeded) } }
    func log(_ level: LogLevel, _ text: String) {
      state.withLock { $0.lines.append("\(level): \(text)") }
    }
  }

  private let directory: TemporaryDirectory
  private let policies = LivePolicies<Recorder> { _ in 0 }

  init() throws {
    directory = try TemporaryDirectory()
    try write("a.mmdb", Data(contentsOf: URL(fileURLWithPath: Fixture.country)))
    try configure("")
  }

  private func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    try directory.write(bytes, to: name)
  }

  private func configure(_ more: String) throws {
    try write(
      "acl.yaml", "maxmind:\n  database: a.mmdb\n  deny:\n    country: [DE]\n\(more)".utf8)
  }

  /// 2026-09-02: the database is a day old.
  private func at(_ uptime: Int64, now: Int64 = 1_788_307_200) -> ClockReading {
    ClockReading(uptime: uptime, now: now)
  }

  private func open(
    _ uptime: Int64 = 0, now: Int64 = 1_788_307_200, in other: LivePolicies<Recorder>? = nil,
    willRead: (String) -> Void = { _ in }
  ) throws -> Recorder {
    try (other ?? policies).open(
      "acl.yaml", directory: directory.path, at: at(uptime, now: now), willRead: willRead
    ) { Recorder() }
  }

  /// The result of a tick as a text: "sleep 5", "sleep", "load", "load large" or "ended".
  private func tick(
    _ uptime: Int64, now: Int64 = 1_788_307_200, in other: LivePolicies<Recorder>? = nil
  ) -> String {
    switch (other ?? policies).tick(at: at(uptime, now: now)) {
    case .sleep(let until): until.map { "sleep \($0)" } ?? "sleep"
    case .load(_, let isLarge): isLarge ? "load large" : "load"
    case .ended: "ended"
    }
  }

  @Test("without a policy there is nothing to do")
  func none() {
    #expect(tick(0) == "sleep")
  }

  @Test("a change is loaded after it has settled")
  func settling() throws {
    let site = try open(500)
    let first = site.record.policy
    #expect(tick(500) == "sleep 60500")
    try configure("# changed\n")
    #expect(tick(60_499) == "sleep 60500")
    #expect(tick(60_500) == "sleep 61500")
    #expect(tick(61_499) == "sleep 61500")
    try configure("# changed again\n")
    #expect(tick(61_500) == "sleep 62500")
    #expect(tick(62_500) == "load")
    // The policy is busy until the load.
    #expect(tick(62_500) == "sleep 63500")
    policies.load(site, at: at(62_600))
    #expect(site.record.policy !== first)
    #expect(site.record.reloads == [true])
    #expect(site.record.lines.last == "note: \(try #require(site.record.policy).summary)")
    #expect(tick(62_700) == "sleep 122600")
  }

  @Test("a change is found at the latest after the interval")
  func shortInterval() throws {
    try configure("  reload: 200ms\n")
    _ = try open()
    try configure("  reload: 200ms\n# changed\n")
    #expect(tick(200) == "sleep 400")
    #expect(tick(400) == "load")
  }

  @Test(
    "checks have a random delay of at most a tenth of the interval, or of jitter",
    arguments: [("", 6_000), ("  jitter: 90s\n", 90_000), ("  jitter: 0s\n", 0)]
      as [(String, Int64)])
  func jitter(_ more: String, _ most: Int64) throws {
    try configure(more)
    let latest = LivePolicies<Recorder> { $0 }
    _ = try open(in: latest)
    #expect(tick(0, in: latest) == "sleep \(60_000 + most)")
    for _ in 0..<100 {
      let random = LivePolicies<Recorder>()
      _ = try open(in: random)
      guard case .sleep(let until?) = random.tick(at: at(0)) else {
        throw LoadFailure(diagnostics: [])
      }
      #expect((60_000...60_000 + most).contains(until))
    }
  }

  @Test("with reload: off no file is checked")
  func off() throws {
    try configure("  reload: off\n")
    _ = try open()
    try configure("# changed\n")
    #expect(tick(1_000_000) == "sleep")
  }

  @Test("a failed reload keeps the old policy, and is not retried before a file changes")
  func failure() throws {
    let site = try open()
    let first = site.record.policy
    try configure("  x: y\n")
    _ = tick(60_000)
    #expect(tick(61_000) == "load")
    policies.load(site, at: at(61_000))
    #expect(site.record.policy === first)
    #expect(site.record.reloads == [false])
    #expect(site.record.lines.suffix(2).first?.hasPrefix("error: acl.yaml:5:3: error: ") == true)
    #expect(
      site.record.lines.last
        == "warning: acl.yaml: not reloaded: the running rules stay in use")
    #expect(tick(121_000) == "sleep 181000")
    try configure("# sound\n")
    _ = tick(181_000)
    #expect(tick(182_000) == "load")
    policies.load(site, at: at(182_000))
    #expect(site.record.reloads == [false, true])
  }

  @Test("a load that could not read a file is retried after a minute, as a large one")
  func retry() throws {
    try configure("  reload: 1h\n")
    let site = try open()
    try configure("  reload: 1h\n  html: .\n")
    _ = tick(3_600_000)
    #expect(tick(3_601_000) == "load")
    policies.load(site, at: at(3_601_000))
    #expect(site.record.reloads == [false])
    #expect(tick(3_601_000) == "sleep 3661000")
    #expect(tick(3_660_999) == "sleep 3661000")
    #expect(tick(3_661_000) == "load large")
    policies.load(site, at: at(3_661_000))
    #expect(site.record.reloads == [false, false])
    #expect(tick(3_661_000) == "sleep 3721000")
  }

  @Test("a reload that refuses a file loads the other files and counts as failed")
  func refusal() throws {
    try write("a.mmdb", Data(contentsOf: URL(fileURLWithPath: Fixture.swapped)))
    let site = try open()
    let newer = site.record.policy
    try write("a.mmdb", Data(contentsOf: URL(fileURLWithPath: Fixture.country)))
    try configure("  on_error: allow\n")
    _ = tick(60_000)
    #expect(tick(61_000) == "load")
    policies.load(site, at: at(61_000, now: 1_800_000_000))
    #expect(site.record.policy !== newer)
    #expect(site.record.policy?.databases[0] === newer?.databases[0])
    #expect(site.record.policy?.configuration.onError?.value == .allow)
    #expect(site.record.reloads == [false])
  }

  @Test("a change of eight megabytes is large")
  func large() throws {
    _ = try open()
    try configure("# " + String(repeating: "x", count: 8 << 20))
    _ = tick(60_000)
    #expect(tick(61_000) == "load large")
  }

  @Test("entries expire and return with the clock, at most once in five seconds")
  func expiry() throws {
    let newYear: Int64 = 4_070_908_800  // 2099-01-01
    try write(
      "list.conf",
      "127.9.0.1 expires=2099-01-01T00:00:00Z\n127.9.0.2 expires=2099-01-01T00:00:01Z\n".utf8)
    try write(
      "acl.yaml", "maxmind: {database: a.mmdb, reload: off, deny: {ip_file: [list.conf]}}".utf8)
    let site = try open(now: newYear - 1)
    let opened = site.record.lines.count
    try write("list.conf", "broken".utf8)
    func denied() throws -> [Bool] {
      let policy = try #require(site.record.policy)
      return try [1, 2].map { try policy.outcome("127.9.0.\($0)").hasPrefix("deny") }
    }
    #expect(tick(0, now: newYear - 1) == "sleep 1000")
    #expect(try denied() == [true, true])
    #expect(tick(1_000, now: newYear) == "sleep 1000")
    #expect(try denied() == [false, true])
    #expect(tick(2_000, now: newYear + 1) == "sleep 3000")
    #expect(try denied() == [false, true])
    #expect(tick(6_000, now: newYear + 5) == "sleep 6000")
    #expect(try denied() == [false, false])
    #expect(tick(11_000, now: newYear - 1) == "sleep 11000")
    #expect(try denied() == [true, true])
    #expect(tick(16_000, now: newYear + 10) == "sleep 16000")
    #expect(
      site.record.lines.dropFirst(opened) == [
        "note: acl.yaml: 1 entry of its lists has expired",
        "note: acl.yaml: 1 entry of its lists has expired",
        "note: acl.yaml: the clock was set back: 2 entries of its lists count again",
        "note: acl.yaml: 2 entries of its lists have expired",
      ])
    #expect(site.record.reloads == [])
  }

  @Test("lines with the same file share a policy")
  func sharing() throws {
    let site = try open()
    let first = site.record.policy
    var files: [String] = []
    #expect(try open(10) { files.append($0) } === site)
    #expect(files == ["a.mmdb", "acl.yaml"].map { "\(directory.path)/\($0)" })
    #expect(site.record.policy === first && site.record.reloads == [])
    // After a change of the files, all lines get the new policy.
    try configure("# changed\n")
    #expect(try open(20) === site)
    #expect(site.record.policy !== first && site.record.reloads == [true])
    // If the files cannot be loaded, the line fails and the others keep their policy.
    let second = site.record.policy
    try configure("  x: y\n")
    #expect(throws: LoadFailure.self) { try open(30) }
    #expect(site.record.policy === second && site.record.reloads == [true, false])
    // The files are from the last load, which failed.
    #expect(throws: LoadFailure.self) { try open(40) }
    try configure("")
    let other = try policies.open("\(directory.path)/acl.yaml", at: at(50)) { Recorder() }
    #expect(other !== site)
  }

  @Test("a further line is warned of patterns that cannot match on its host")
  func warningsOfHost() throws {
    try configure("    regex: [[US, ^b.example/]]\n")
    let site = try open()
    let opened = site.record.lines.count
    _ = try policies.open(
      "acl.yaml", directory: directory.path, onHost: "a.example", at: at(0)
    ) { Recorder() }
    #expect(site.record.lines.count == opened + 1)
    #expect(site.record.lines.last?.contains("[regex-anchor]") == true)
  }

  @Test("with reload: off a changed file is only for further lines")
  func sharingWithoutReload() throws {
    try configure("  reload: off\n")
    let site = try open()
    #expect(try open() === site)
    let first = site.record.policy
    try configure("  reload: off\n# changed\n")
    let other = try open()
    #expect(other !== site && other.record.policy !== first)
    #expect(site.record.policy === first && site.record.reloads == [])
    #expect(try open() === other)
  }

  @Test("closing the last line ends the policy, after a running load")
  func ending() throws {
    let site = try open()
    _ = try open()
    policies.close(site)
    #expect(tick(0) == "sleep 60000")
    try configure("# changed\n")
    _ = tick(60_000)
    #expect(tick(61_000) == "load")
    policies.close(site)
    #expect(tick(61_000) == "sleep 62000")
    let next = try open(61_500)
    #expect(next !== site)
    policies.load(site, at: at(62_000))
    #expect(tick(62_000) == "ended")
    #expect(tick(62_000) == "sleep 121500")
    policies.close(next)
    #expect(tick(62_000) == "ended")
    #expect(tick(62_000) == "sleep")
    policies.close(next)
    policies.load(next, at: at(63_000))
  }

  @Test("a line that fails to open leaves no policy")
  func failedOpen() throws {
    try configure("  x: y\n")
    let made = Recorder()
    let failure = #expect(throws: LoadFailure.self) {
      try policies.open("acl.yaml", directory: directory.path, at: at(0)) { made }
    }
    #expect(failure?.firstError?.id == .unknownKey)
    #expect(made.record.lines.count == 1 && made.record.reloads == [])
    #expect(tick(0) == "ended")
    #expect(tick(0) == "sleep")
  }

  @Test("an old database is reported once")
  func age() throws {
    func reports(_ site: Recorder) -> Int {
      site.record.lines.count { $0.hasPrefix("warning: ") && $0.contains("[database-age]") }
    }
    let later: Int64 = 1_788_220_800 + 100 * 86_400
    let site = try open(now: later)
    #expect(reports(site) == 1)
    try configure("# changed\n")
    _ = tick(60_000)
    _ = tick(61_000)
    policies.load(site, at: at(61_000, now: later))
    #expect(site.record.reloads == [true] && reports(site) == 1)
  }

  @Test("a program's live policy follows its file with the system's clocks")
  func ownLivePolicy() throws {
    try configure("  reload: 100ms\n")
    let lines = Locked<[String]>([])
    let acl = try LivePolicy(path: "acl.yaml", directory: directory.path) { level, text in
      lines.withLock { $0.append("\(level): \(text)") }
    }
    let request = try request("127.2.0.1")
    #expect(acl.evaluate(request).answer?.status == 403)
    #expect(lines.withLock { $0.contains { $0.hasPrefix("note: acl.yaml: 1 deny.country") } })
    try configure("  reload: 100ms\n  mode: monitor\n")
    var wait = Duration.zero
    let end = ContinuousClock.now + .seconds(600)
    while acl.evaluate(request).answer != nil, ContinuousClock.now < end {
      wait = acl.refresh()
      #expect(wait >= .zero && wait <= .seconds(60))
      usleep(20_000)
    }
    #expect(acl.evaluate(request).answer == nil)
    try configure("  reload: [\n")
    while !lines.withLock({ $0.contains { $0.contains("not reloaded") } }),
      ContinuousClock.now < end
    {
      _ = acl.refresh()
      usleep(20_000)
    }
    #expect(!acl.evaluate(request).isEnforced)
  }

  @Test("a broken file gives no live policy")
  func brokenLivePolicy() throws {
    try configure("  reload: [\n")
    #expect(throws: LoadFailure.self) {
      try LivePolicy(path: "acl.yaml", directory: directory.path)
    }
  }
}

/// The denials that are logged.
@Suite struct DenialSamplerTests {
  /// A percentage of denials, and a rate.
  private func log(_ share: String, _ linesPerSecond: Int) throws -> Configuration.DenialLog {
    let yaml =
      "maxmind: {database: \(Fixture.country), "
      + "log: {file: a.log, sample: \(share)%, rate: \(linesPerSecond)/s}}"
    return try #require(try policy(yaml).configuration.reporting.log)
  }

  @Test(
    "a sample is spread evenly",
    arguments: [
      ("0.01", 1), ("0.03", 3), ("2.5", 250), ("25", 2_500), ("99.99", 9_999), ("100", 10_000),
    ])
  func sample(_ share: String, _ count: Int) throws {
    let sampler = DenialSampler.of("sample", file: share)
    let log = try log(share, 1_000_000)
    let places = (0..<20_000).filter { sampler.admits(log, at: Int64($0) * 1_000_000) }
    #expect(places.count == 2 * count)
    let longest = zip(places, places.dropFirst()).map { $1 - $0 }.max() ?? 0
    #expect(longest <= 10_000 / count + 1)
    #expect(sampler.takeSuppressed() == 0)
  }

  @Test("the rate allows a burst of one second, then an even pace")
  func rate() throws {
    let sampler = DenialSampler.of("rate", file: "a")
    let log = try log("100", 10)
    let second: Int64 = 1_000_000_000
    func admitted(_ count: Int, at time: Int64) -> Int {
      (0..<count).count { _ in sampler.admits(log, at: time) }
    }
    #expect(admitted(25, at: 5 * second) == 10)
    #expect(admitted(5, at: 5 * second + second / 10) == 1)
    #expect(admitted(5, at: 5 * second + second / 2) == 4)
    #expect(sampler.takeSuppressed() == 15 + 4 + 1)
    #expect(sampler.takeSuppressed() == 0)
    #expect(admitted(100, at: 60 * second) == 10)
  }

  @Test("a name and a file have one sampler")
  func shared() {
    #expect(DenialSampler.of("a", file: "b") === DenialSampler.of("a", file: "b"))
    #expect(DenialSampler.of("a", file: "b") !== DenialSampler.of("b", file: "a"))
    #expect(DenialSampler.of("a", file: "b") !== DenialSampler.of("a", file: "c"))
  }
}
