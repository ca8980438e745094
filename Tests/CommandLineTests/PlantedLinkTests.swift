import Foundation
import Testing

/// Files that a user plants in a shared directory for the next user.
@Suite("Directories that others can write")
struct PlantedLinkTests {
  let workspace: Workspace
  let tool: Tool

  /// The others that can write in the directory `theirs`.
  enum Others: String, CaseIterable, CustomTestStringConvertible {
    case everybody = "chmod 777 theirs"
    case everybodyAsInTmp = "chmod 1777 theirs"
    case owner = "chown -hR 65534:65534 theirs"

    var testDescription: String { rawValue }

    /// Only root can give a directory away.
    static var possible: [Others] { geteuid() == 0 ? allCases : [.everybody, .everybodyAsInTmp] }
  }

  init() throws {
    workspace = try Workspace([
      "new.conf": "203.0.113.1\n", "maxmind.yaml": denyGermany,
      "squid.log": "127.1.0.1 http://a.example/\n",
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - request: {client: 127.1.0.1, url: "http://a.example/"}
          expect: allow
          name: the US passes
      """,
      "secret/list.conf": "198.51.100.77\n", "secret/empty": "", "theirs/.keep": "",
    ])
    tool = Tool(workspace: workspace)
    #expect(try tool.shell("chmod 700 secret; chmod 600 secret/*; chmod 755 theirs").status == 0)
  }

  /// Each file of the directory with its text.
  private func files(of directory: String) throws -> [String: String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path(directory))
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try workspace.read("\(directory)/\($0)")) })
  }

  static let attacks: [(plant: String, command: String)] = [
    ("ln -s ../secret/list.conf theirs/list.conf", "install-list new.conf theirs/list.conf"),
    ("ln -s $PWD/secret/list.conf theirs/list.conf", "install-list new.conf theirs/list.conf"),
    ("ln secret/list.conf theirs/list.conf", "install-list --in-place new.conf theirs/list.conf"),
    (
      "ln -s ../secret/list.conf theirs/list.conf",
      "install-list --in-place new.conf theirs/list.conf"
    ),
    ("ln -s ../secret/created theirs/list.conf", "install-list new.conf theirs/list.conf"),
    ("ln -s ../secret theirs/sub", "install-list new.conf theirs/sub/created.conf"),
    ("ln -s .. theirs/sub", "install-list new.conf theirs/sub/secret/created.conf"),
    (
      "ln -s ../secret/list.conf theirs/.list.conf.before-install",
      "install-list new.conf theirs/list.conf"
    ),
    ("ln -s ../secret/created theirs/.maxmind-acl.lock", "install-list new.conf theirs/list.conf"),
    ("ln -s ../secret/list.conf theirs/new.conf", "install-list theirs/new.conf theirs/list.conf"),
    (
      "ln -s ../secret/created theirs/a.prom",
      "install-list --metrics theirs/a.prom new.conf list.conf"
    ),
    (
      "ln -s ../secret/empty theirs/a.prom",
      "install-list --metrics theirs/a.prom new.conf list.conf"
    ),
    (
      "ln -s ../secret theirs/sub",
      "install-list --metrics theirs/sub/a.prom new.conf list.conf"
    ),
    (
      "ln -s ../secret/created theirs/a.html",
      "replay --config maxmind.yaml --report theirs/a.html squid.log"
    ),
    (
      "ln -s ../secret/empty theirs/a.html",
      "replay --config maxmind.yaml --report theirs/a.html squid.log"
    ),
    (
      "ln -s ../secret theirs/sub",
      "diff maxmind.yaml maxmind.yaml --traffic squid.log --report theirs/sub/a.html"
    ),
    ("ln -s ../secret/created theirs/a.xml", "test tests.yaml --junit theirs/a.xml"),
  ]

  @Test(arguments: attacks.indices, Others.possible)
  func `a planted name leads to no other file`(_ index: Int, _ others: Others) throws {
    let (plant, command) = Self.attacks[index]
    #expect(try tool.shell("\(plant) && \(others.rawValue)").status == 0)
    // A hard link has the owner of its file.
    #expect(try tool.shell("chown $(id -u) secret/*").status == 0)
    let secret = try files(of: "secret")
    let result = try tool.run(command.split(separator: " ").map(String.init), input: [])
    #expect(result.status != 0)
    #expect(result.errors.contains("error: "))
    #expect(try files(of: "secret") == secret)
    let found = try tool.shell("find theirs -type f -links 1 -exec grep -l 198.51.100.77 {} +")
    #expect(found.output == "")
  }

  @Test(arguments: Others.possible)
  func `a directory exchanged for a link meanwhile leads to no other file`(
    _ others: Others
  ) throws {
    let secret = try files(of: "secret")
    let result = try tool.shell(
      """
      mkdir theirs/sub; \(others.rawValue)
      (while :; do
        mv theirs/sub theirs/away; ln -s ../secret theirs/sub; rm theirs/sub; mv theirs/away theirs/sub
      done) 2>/dev/null &
      for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        $tool install-list --metrics theirs/sub/a.prom new.conf theirs/sub/list.conf
        $tool replay --config maxmind.yaml --report theirs/sub/a.html squid.log
      done >/dev/null 2>&1
      kill $!
      """)
    #expect(result.status == 0)
    #expect(try files(of: "secret") == secret)
  }

  static let refusals: [(Others, String)] = [
    (.everybody, "others can write in the directory"),
    (.everybodyAsInTmp, "others can write in the directory"),
  ]

  @Test(arguments: refusals)
  func `no list and no metrics are installed where anybody can write`(
    _ others: Others, _ reason: String
  ) throws {
    #expect(try tool.shell(others.rawValue).status == 0)
    let user = NSUserName()
    let list = try tool.run("install-list", "new.conf", "theirs/list.conf")
    #expect(list.status == 2)
    #expect(
      list.errors
        == "error: not safe for the user \(user): \(reason) \(workspace.path("theirs"))\n")
    let metrics = try tool.run(
      "install-list", "--metrics", "theirs/a.prom", "new.conf", "list.conf")
    #expect(metrics.status == 2)
    #expect(
      metrics.errors == "--metrics theirs/a.prom: error: not safe for the user \(user): \(reason) "
        + "\(workspace.path("theirs"))\n")
    #expect(try files(of: "theirs") == [".keep": ""])
  }

  @Test(arguments: Others.possible)
  func `a report can be written where others can write`(_ others: Others) throws {
    #expect(try tool.shell(others.rawValue).status == 0)
    for _ in 0..<2 {
      let result = try tool.run(
        "replay", "--config", "maxmind.yaml", "--report", "theirs/a.html", "squid.log")
      #expect(result.status == 0)
      #expect(result.errors == "")
    }
    #expect(try files(of: "theirs").keys.sorted() == [".keep", "a.html"])
    #expect(try workspace.read("theirs/a.html").hasPrefix("<!DOCTYPE html>"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
  func `a report does not take the mode of another user's file`() throws {
    let result = try tool.shell(
      """
      umask 027; : >theirs/a.html; chmod 666 theirs/a.html; chown 65534 theirs/a.html; chmod 1777 theirs
      $tool replay --config maxmind.yaml --report theirs/a.html squid.log >/dev/null
      stat -c '%u %a' theirs/a.html
      """)
    #expect(result.errors == "")
    #expect(result.output == "0 640\n")
  }

  // MARK: - Root and other users

  @Test(
    .enabled(if: geteuid() == 0, "only root may act as another user"), arguments: [1234, 65534])
  func `in the directory of another user root acts as that user`(_ user: Int) throws {
    let result = try tool.shell(
      """
      umask 077; chown \(user) theirs
      $tool install-list --metrics theirs/a.prom new.conf theirs/list.conf >/dev/null &&
      $tool replay --config maxmind.yaml --report theirs/a.html squid.log >/dev/null
      stat -c '%n %u %a' theirs/*
      """)
    #expect(result.errors == "")
    #expect(
      result.lines == [
        "theirs/a.html \(user) 600", "theirs/a.prom \(user) 644", "theirs/list.conf \(user) 644",
      ])
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give files away"), arguments: [0, 65534])
  func `owner, group and mode are kept in the directory of another user`(_ owner: Int) throws {
    try workspace.write("theirs/list.conf", "203.0.113.2\n")
    let result = try tool.shell(
      """
      chown \(owner):1234 theirs/list.conf; chmod 4644 theirs/list.conf; chown 65534 theirs
      $tool install-list new.conf theirs/list.conf >/dev/null
      stat -c '%u %g %a' theirs/list.conf
      """)
    #expect(result.errors == "")
    #expect(result.output == "\(owner) 1234 644\n")
    #expect(try workspace.read("theirs/list.conf") == "203.0.113.1\n")
  }

  @Test(.enabled(if: geteuid() == 0, "only root may act as another user"))
  func `a user does not write in the directory of a third one`() throws {
    let result = try tool.shell(
      """
      chown 1234:65534 theirs; chmod 775 theirs
      # The user may not get to where the tool is.
      exec setpriv --reuid 65534 --regid 65534 --clear-groups \
        /proc/self/fd/9 install-list new.conf theirs/list.conf 9<$tool
      """)
    #expect(result.status == 2)
    #expect(
      result.errors
        == "error: not safe for the user nobody: the directory \(workspace.path("theirs")) belongs to the user #1234; "
        + "run it as that user or as root\n")
  }

  @Test(.enabled(if: geteuid() == 0, "only root may act as another user"))
  func `a failure of root as the owner of the directory names that user`() throws {
    let result = try tool.shell(
      """
      chown 65534 theirs; ln -s ../secret/list.conf theirs/list.conf
      $tool install-list new.conf theirs/list.conf
      """)
    #expect(result.status == 2)
    #expect(
      result.errors == "error: cannot open \(workspace.path("secret/.maxmind-acl.lock")): "
        + "Permission denied, as the user nobody\n")
  }
}
