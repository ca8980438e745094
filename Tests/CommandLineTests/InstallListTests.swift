import Foundation
import Testing

@Suite("install-list")
struct InstallListTests {
  let workspace: Workspace
  let tool: Tool

  /// Ten entries.
  static let old = (1...10).map { "203.0.113.\($0)\n" }.joined()

  init() throws {
    workspace = try Workspace([
      "old.conf": Self.old, "new.conf": Self.old + "203.0.113.11 # more\n",
      "bad.conf": "203.0.113.1\nnonsense\n203.0.113.1/33\n", "empty.conf": "# none\n",
      "maxmind.yaml": "maxmind:\n  database: country.mmdb\n  deny:\n    ip_file: [old.conf]\n",
      "other.yaml": "maxmind:\n  database: country.mmdb\n  deny:\n    ip_file: [other.conf]\n",
      "broken.yaml":
        "maxmind:\n  database: country.mmdb\n  deny:\n    ip_file: [old.conf]\n    x: y\n",
      "remap.config":
        "map http://a.example/ http://b.example/ @plugin=maxmind_acl.so @pparam=maxmind.yaml\n",
    ])
    tool = Tool(workspace: workspace)
  }

  private func install(_ arguments: String, to destination: String = "old.conf") throws
    -> Tool.Result
  {
    let words = arguments.split(separator: " ").map(String.init)
    return try tool.run(["install-list"] + words + [destination], input: [])
  }

  private func attributes(_ name: String) throws -> [FileAttributeKey: Any] {
    try FileManager.default.attributesOfItem(atPath: workspace.path(name))
  }

  private func inode(_ name: String) throws -> Int? {
    try attributes(name)[.systemFileNumber] as? Int
  }

  /// The files of the directory, so that a test sees leftovers.
  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workspace.url.path).sorted()
  }

  // MARK: - Installing

  @Test func `a list is installed and its change is printed`() throws {
    try workspace.write("new.conf", "203.0.113.1\n203.0.113.9\n198.51.100.0/31\n2001:db8::/32\n")
    let result = try install("new.conf")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(
      result.output == """
        old.conf: 4 entries; 2 added, 8 removed (100.0 % of the entries, 100.0 % of the IPv4 \
        addresses, 100.0 % of the IPv6 addresses)
        + 198.51.100.0/31
        + 2001:db8::/32
        - 203.0.113.2
        - 203.0.113.3
        - 203.0.113.4
        - 203.0.113.5
        - 203.0.113.6
        - 203.0.113.7
        - 203.0.113.8
        - 203.0.113.10

        """)
    #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
  }

  @Test func `entries are shown with their expiry`() throws {
    let (soon, late) = (" expires=2037-01-01T00:00:00Z", " expires=2037-12-31T12:00:00+01:00")
    try workspace.write(
      "old.conf", "10.0.0.1\n10.0.0.2\(soon)\n2001:db8::1\n2001:db8::2\(soon)\n")
    try workspace.write(
      "new.conf",
      """
      10.0.0.1
      10.0.0.3\(late)
      10.0.0.4
      10.0.0.5\(late)
      10.0.0.5\(soon)
      10.0.0.6\(soon)
      10.0.0.6
      2001:db8::1
      2001:db8::3\(soon)
      """)
    #expect(
      try install("new.conf").lines.dropFirst() == [
        "+ 10.0.0.3 expires=2037-12-31T11:00:00Z",
        "+ 10.0.0.4",
        "+ 10.0.0.5 expires=2037-12-31T11:00:00Z",
        "+ 10.0.0.6",
        "+ 2001:db8::3 expires=2037-01-01T00:00:00Z",
        "- 10.0.0.2 expires=2037-01-01T00:00:00Z",
        "- 2001:db8::2 expires=2037-01-01T00:00:00Z",
      ])
  }

  @Test func `a part of a large change is shown`() throws {
    try workspace.write("new.conf", Self.old + (1...100).map { "10.0.0.\($0)\n" }.joined())
    let lines = try install("new.conf").lines
    #expect(lines.count == 22)
    #expect(lines.last == "  … and 80 more added")
  }

  @Test func `a list that is already installed is not touched`() throws {
    try workspace.write("new.conf", Self.old)
    let before = try attributes("old.conf")
    let result = try install("new.conf")
    #expect(result.status == 0)
    #expect(result.output == "old.conf: 10 entries; unchanged\n")
    let after = try attributes("old.conf")
    #expect(after[.modificationDate] as? Date == before[.modificationDate] as? Date)
    #expect(after[.systemFileNumber] as? Int == before[.systemFileNumber] as? Int)
  }

  @Test func `a first list needs no old one`() throws {
    let result = try install("new.conf --max-change 0%", to: "first.conf")
    #expect(result.status == 0)
    #expect(result.lines.first == "first.conf: 11 entries; 11 added, 0 removed")
    #expect(try workspace.read("first.conf") == workspace.read("new.conf"))
  }

  @Test(arguments: [0o600, 0o644, 0o664]) func `the mode is kept, the inode only in place`(
    _ mode: Int
  ) throws {
    for isInPlace in [false, true] {
      try workspace.write("old.conf", Self.old)
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: workspace.path("old.conf"))
      let before = try inode("old.conf")
      let names = try files()
      #expect(try install(isInPlace ? "--in-place new.conf" : "new.conf").status == 0)
      #expect(try attributes("old.conf")[.posixPermissions] as? Int == mode)
      #expect(try (inode("old.conf") == before) == isInPlace)
      #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
      #expect(try files() == names)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
  func `the owner and the group are kept`() throws {
    try FileManager.default.setAttributes(
      [.ownerAccountID: 1234, .groupOwnerAccountID: 4321], ofItemAtPath: workspace.path("old.conf"))
    #expect(try install("new.conf").status == 0)
    let found = try attributes("old.conf")
    #expect(found[.ownerAccountID] as? Int == 1234)
    #expect(found[.groupOwnerAccountID] as? Int == 4321)
    #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
  }

  @Test func `in place, a shorter list leaves nothing of the old one`() throws {
    try workspace.write("new.conf", "203.0.113.1\n")
    #expect(try install("--in-place new.conf").status == 0)
    #expect(try workspace.read("old.conf") == "203.0.113.1\n")
  }

  @Test func `the target of a link is replaced, not the link`() throws {
    try FileManager.default.createSymbolicLink(
      atPath: workspace.path("link.conf"), withDestinationPath: "old.conf")
    #expect(try install("new.conf --config maxmind.yaml", to: "link.conf").status == 0)
    #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: workspace.path("link.conf"))
        == "old.conf")
  }

  // MARK: - Refusals

  static let refusals: [(String, Int32, String)] = [
    (
      "bad.conf", 1,
      "bad.conf:2:1: error: \"nonsense\" is not an IPv4 or IPv6 address [bad-address]"
    ),
    (
      "none.conf", 2,
      "none.conf: error: cannot be read: cannot open the file: No such file or directory"
    ),
    ("empty.conf", 3, "empty.conf: error: refused: 0 entries are fewer than 1"),
    ("--min-entries 12 new.conf", 3, "new.conf: error: refused: 11 entries are fewer than 12"),
    (
      "--max-change 9% new.conf", 3,
      "new.conf: error: refused: 10.0 % of the entries would change, more than 9.0 %"
    ),
    ("--max-change 100% six.conf", 0, ""),
    (
      "--max-change 99% six.conf", 3,
      "six.conf: error: refused: 100.0 % of the IPv6 addresses would change, more than 99.0 %"
    ),
    ("--max-change 300% fourfold.conf", 0, ""),
    (
      "--max-change 299.9% fourfold.conf", 3,
      "fourfold.conf: error: refused: 300.0 % of the entries would change, more than 299.9 %"
    ),
    ("--max-change 200% other-entries.conf", 0, ""),
    (
      "--max-change 199% other-entries.conf", 3,
      "other-entries.conf: error: refused: 200.0 % of the entries would change, more than 199.0 %"
    ),
    (
      "all.conf", 3,
      "all.conf: error: refused: entries are larger than a /8, or a /16 of IPv6; --allow-short permits them"
    ),
    (
      "--allow-short --max-change 100% all.conf", 3,
      "all.conf: error: refused: 42949672860.0 % of the IPv4 addresses would change, more than 100.0 %"
    ),
    (
      "--config broken.yaml new.conf", 1,
      "broken.yaml:5:5: error: deny: unknown key \"x\" [unknown-key]"
    ),
    (
      "--config other.yaml new.conf", 1,
      "other.yaml:4:15: error: ip_file: other.conf cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    (
      "--config none.yaml new.conf", 2,
      "none.yaml: error: cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    (
      "--config none.config new.conf", 2,
      "none.config: error: cannot be read: cannot open the file: No such file or directory [file-unreadable]"
    ),
    (
      "--config maxmind.yaml --config remap.config --min-entries 11 --max-change 10% new.conf", 0,
      ""
    ),
  ]

  @Test(arguments: refusals) func `a wrong or suspicious list changes nothing`(
    _ arguments: String, _ status: Int32, _ message: String
  ) throws {
    try workspace.write("six.conf", Self.old + "2001:db8::1\n")
    try workspace.write("all.conf", Self.old + "0.0.0.0/0\n")
    try workspace.write("fourfold.conf", Self.old + (1...30).map { "10.0.0.\($0)\n" }.joined())
    try workspace.write("other-entries.conf", (1...10).map { "10.0.0.\($0)\n" }.joined())
    let (names, before) = (try files(), try inode("old.conf"))
    for mode in ["", "--in-place "] where status != 0 {
      let result = try install(mode + arguments)
      #expect(result.status == status)
      // A warning of the list comes before.
      #expect(result.errorLines.contains(message))
      #expect(result.output == "")
      #expect(try workspace.read("old.conf") == Self.old)
    }
    #expect(try inode("old.conf") == before)
    #expect(try files() == names)
    if status == 0 { #expect(try install(arguments).status == 0) }
  }

  @Test(arguments: [".", "./", "/", ""]) func `a directory cannot be replaced by a list`(
    _ destination: String
  ) throws {
    let result = try install("new.conf", to: destination)
    #expect(result.status == 2)
    #expect(result.errors.hasSuffix("cannot be read: is a directory, a regular file is needed\n"))
  }

  @Test(arguments: ["first.conf", "bad.conf"])
  func `configurations are loaded with the new list in place of a broken one`(
    _ destination: String
  ) throws {
    try workspace.write(
      "first.yaml",
      "maxmind:\n  database: country.mmdb\n  deny:\n    ip_file: [\(destination)]\n")
    #expect(try install("--force --config first.yaml new.conf", to: destination).status == 0)
    #expect(try workspace.read(destination) == workspace.read("new.conf"))
  }

  @Test func `a configuration that does not name the list is refused`() throws {
    try workspace.write("other.conf", Self.old)
    let result = try install("--config other.yaml new.conf")
    #expect(result.status == 1)
    #expect(result.errors == "other.yaml: error: no ip_file or trusted_file names old.conf\n")
  }

  @Test func `a refusal shows the change`() throws {
    let result = try install("--max-change 5% new.conf")
    #expect(
      result.errors == """
        new.conf: error: refused: 10.0 % of the entries would change, more than 5.0 %
        old.conf: 11 entries; 1 added, 0 removed (10.0 % of the entries, 10.0 % of the IPv4 \
        addresses, 0.0 % of the IPv6 addresses)
        + 203.0.113.11
        old.conf stays as it is

        """)
  }

  @Test(arguments: ["", "--max-change 1% ", "--max-change 1000% ", "--in-place "])
  func `only --force replaces an old list with errors`(_ options: String) throws {
    let before = try workspace.read("bad.conf")
    let result = try install(options + "new.conf", to: "bad.conf")
    #expect(result.status == 3)
    #expect(
      result.errorLines.prefix(2) == [
        "bad.conf: error: refused: the old list has errors, so the change cannot be measured; "
          + "--force replaces it",
        "bad.conf:2:1: error: \"nonsense\" is not an IPv4 or IPv6 address [bad-address]",
      ])
    #expect(try workspace.read("bad.conf") == before)
    let forced = try install(options + "--force new.conf", to: "bad.conf")
    #expect(forced.status == 0)
    #expect(
      forced.errors
        == "bad.conf: warning: the old list has errors, so the change cannot be measured\n")
    #expect(try workspace.read("bad.conf") == workspace.read("new.conf"))
  }

  @Test func `a valid old list is measured with --force, too`() throws {
    #expect(try install("--force --max-change 9% new.conf").status == 3)
    #expect(try install("--force bad.conf").status == 1)
    #expect(try install("--force empty.conf").status == 3)
    #expect(try workspace.read("old.conf") == Self.old)
  }

  @Test(arguments: [
    "", "new.conf old.conf more.conf", "--min-entries -1 new.conf old.conf",
    "--max-change much new.conf old.conf", "old.conf old.conf",
  ]) func `a wrong command line exits with 64`(_ arguments: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    #expect(try tool.run(["install-list"] + words, input: []).status == 64)
    #expect(try workspace.read("old.conf") == Self.old)
  }

  @Test(arguments: ["much", "20 percent", "%", "1e3%", ""])
  func `an invalid percentage is reported with an example`(_ value: String) throws {
    let result = try tool.run(
      ["install-list", "--max-change", value, "new.conf", "old.conf"], input: [])
    #expect(result.status == 64)
    #expect(
      result.errorLines.first
        == "Error: The value '\(value)' is invalid for '--max-change <percent>': expected a percentage "
        + "from 0, such as 20%, or 300% for a list that may grow fourfold")
  }

  // MARK: - Failures

  @Test(.disabled(if: isThreadSanitized, "the sanitizer has a larger file of its own"))
  func `a write in place that fails is undone`() throws {
    let lines = (0..<20_000).map { "10.\($0 / 65_536).\($0 / 256 % 256).\($0 % 256)\n" }
    try workspace.write("new.conf", lines.joined())
    let (names, before) = (try files(), try inode("old.conf"))
    // Files of 64 blocks at most, of 512 bytes each.
    let result = try tool.shell(
      "trap '' XFSZ; ulimit -f 64; exec $tool install-list --in-place new.conf old.conf")
    #expect(result.status == 2)
    #expect(result.errors.hasPrefix("error: cannot write "))
    #expect(result.errors.hasSuffix("File too large\n"))
    #expect(try workspace.read("old.conf") == Self.old)
    #expect(try inode("old.conf") == before)
    #expect(try files() == names)
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer has a larger file of its own"))
  func `a replacement that fails leaves the old list`() throws {
    let lines = (0..<20_000).map { "10.\($0 / 65_536).\($0 / 256 % 256).\($0 % 256)\n" }
    try workspace.write("new.conf", lines.joined())
    let names = try files()
    let result = try tool.shell(
      "trap '' XFSZ; ulimit -f 64; exec $tool install-list new.conf old.conf")
    #expect(result.status == 2)
    #expect(try workspace.read("old.conf") == Self.old)
    #expect(try files() == names)
  }

  @Test func `the next run undoes one that was cut short`() throws {
    let names = try files()
    try workspace.write(".old.conf.before-install", Self.old)
    try workspace.write("old.conf", "203.0.1")
    let result = try install("--max-change 9% new.conf")
    #expect(result.status == 3)
    #expect(
      result.errorLines.first
        == "old.conf: warning: an earlier run was cut short; the old content is back")
    #expect(try workspace.read("old.conf") == Self.old)
    #expect(try files() == names)
  }

  @Test func `a copy over the size limit is an error`() throws {
    let result = try tool.shell(
      "truncate -s 1T .old.conf.before-install; exec $tool install-list new.conf old.conf")
    #expect(result.status == 2)
    #expect(
      result.errors
        == "error: cannot read \(workspace.path(".old.conf.before-install")): File too large\n")
    #expect(try workspace.read("old.conf") == Self.old)
  }

  @Test func `a failed write in place leaves no files`() throws {
    let names = try files()
    // Root may write into any file except a running program.
    let result = try tool.shell(
      """
      cp /bin/sleep old.conf; chmod +x old.conf; ./old.conf 60 &
      until [ "$(readlink /proc/$!/exe)" = "$PWD/old.conf" ]; do sleep 0.01; done
      $tool install-list --in-place --force new.conf old.conf; status=$?
      kill $!; exit $status
      """)
    #expect(result.status == 2)
    #expect(
      result.errorLines.last
        == "error: cannot open \(workspace.path("old.conf")): Text file busy")
    #expect(try files() == names)
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer has a larger file of its own"))
  func `the next run removes the drafts of a killed run and nothing else`() throws {
    let lines = (0..<20_000).map { "10.\($0 / 65_536).\($0 / 256 % 256).\($0 % 256)\n" }
    try workspace.write("long.conf", lines.joined())
    for name in [".other.conf.draft-1", "old.conf.draft-1", ".old.conf.swp", ".old.conf.draft"] {
      try workspace.write(name, "")
    }
    let names = try files()
    // SIGXFSZ ends it while it writes.
    let script = "ulimit -c 0; ulimit -f 64; exec env --default-signal=XFSZ $tool install-list"
    #expect(try tool.shell("\(script) long.conf old.conf").status == nil)
    #expect(try tool.shell("\(script) --metrics old.prom new.conf old.conf").status == 0)
    #expect(try files() == (names + ["old.prom"]).sorted())
    try workspace.write(".old.conf.draft-2B", "")
    try workspace.write(".old.prom.draft-2B", "")
    #expect(try install("--metrics old.prom --max-change 0% empty.conf").status == 3)
    #expect(try files() == (names + ["old.prom"]).sorted())
  }

  @Test(arguments: ["077", "000", "022"]) func `all can read a new list`(
    _ mask: String
  ) throws {
    let result = try tool.shell(
      "umask \(mask); $tool install-list --metrics a.prom new.conf first.conf >/dev/null; stat -c %a first.conf a.prom"
    )
    #expect(result.errors == "")
    #expect(result.output == "644\n644\n")
  }

  @Test(arguments: [
    "exec 9<.", "umask 022; : >.maxmind-acl.lock; exec 9<.maxmind-acl.lock",
    "umask 022; : >.maxmind-acl.lock; exec 9<>.maxmind-acl.lock",
  ]) func `a reader cannot hold the lock`(_ open: String) throws {
    let names = try files()
    let result = try tool.shell("\(open); flock 9; $tool install-list new.conf old.conf")
    #expect(result.errors == "")
    #expect(result.status == 0)
    #expect(try files() == names)
  }

  @Test func `an abandoned lock is taken`() throws {
    let names = try files()
    let result = try tool.shell(
      "umask 077; : >.maxmind-acl.lock; $tool install-list new.conf old.conf")
    #expect(result.status == 0)
    #expect(try files() == names)
  }

  @Test func `a run waits for the holder of the lock`() throws {
    let result = try tool.shell(
      """
      umask 077; exec 9>.maxmind-acl.lock; flock 9
      $tool install-list new.conf old.conf >/dev/null 9>&- & run=$!
      sleep 0.3; cmp -s old.conf new.conf && echo "installed too early"
      flock -u 9; wait $run; echo $?
      """)
    #expect(result.output == "0\n")
    #expect(try workspace.read("old.conf") == workspace.read("new.conf"))
  }

  @Test(arguments: ["", "--in-place"]) func `concurrent runs leave one whole list`(
    _ mode: String
  ) throws {
    var texts: [String] = []
    for number in 0..<6 {
      texts.append((0..<2_000).map { "10.\(number).\($0 / 256).\($0 % 256)\n" }.joined())
      try workspace.write("new\(number).conf", texts[number])
    }
    let names = try files()
    // The end of the pipe comes when the last of them ends.
    let result = try tool.shell(
      """
      for round in 1 2 3; do
        for number in 0 1 2 3 4 5; do
          $tool install-list \(mode) --metrics old.prom new$number.conf old.conf &
        done | cat >/dev/null
      done
      """)
    #expect(result.errors == "")
    #expect(texts.contains(try workspace.read("old.conf")))
    #expect(try files() == (names + ["old.prom"]).sorted())
  }
}

/// Whether `make sanitize` runs the tests under the thread sanitizer.
private let isThreadSanitized = ProcessInfo.processInfo.environment["TSAN_OPTIONS"] != nil
