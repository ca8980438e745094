import Testing

@Suite("Output files")
struct OutputTests {
  let workspace: Workspace
  let tool: Tool

  init() throws {
    workspace = try Workspace([
      "maxmind.yaml": denyGermany, "page.html": "<!DOCTYPE html>\n<html></html>\n",
      "squid.log": "127.1.0.1 http://a.example/\n",
      "tests.yaml": """
      config: maxmind.yaml
      tests:
        - request: {client: 127.1.0.1, url: "http://a.example/"}
          expect: allow
          name: the US passes
      """,
    ])
    tool = Tool(workspace: workspace)
  }

  static let refused: [(arguments: String, status: Int32, file: String, message: String)] = [
    (
      "replay --config maxmind.yaml --report squid.log squid.log", 1, "squid.log",
      "is an input, so --report cannot write it; name another file"
    ),
    (
      "replay --config maxmind.yaml --report ./maxmind.yaml squid.log", 1, "maxmind.yaml",
      "is an input, so --report cannot write it; name another file"
    ),
    (
      "replay --config maxmind.yaml --report squid.log", 1, "squid.log",
      "exists and is not a report of maxmind-acl, so --report does not replace it; name another file, "
        + "or remove this one"
    ),
    (
      "replay --config maxmind.yaml squid.log --report page.html", 1, "page.html",
      "exists and is not a report of maxmind-acl, so --report does not replace it; name another file, "
        + "or remove this one"
    ),
    (
      "diff maxmind.yaml maxmind.yaml --traffic squid.log --report maxmind.yaml", 2, "maxmind.yaml",
      "is an input, so --report cannot write it; name another file"
    ),
    (
      "merge squid.log --report squid.log", 1, "squid.log",
      "is an input, so --report cannot write it; name another file"
    ),
    (
      "test tests.yaml --junit tests.yaml", 2, "tests.yaml",
      "is an input, so --junit cannot write it; name another file"
    ),
    (
      "test tests.yaml --junit maxmind.yaml", 2, "maxmind.yaml",
      "exists and is not a JUnit file of maxmind-acl, so --junit does not replace it; name another file, "
        + "or remove this one"
    ),
  ]

  @Test(arguments: refused.indices) func `no output replaces other files`(
    _ index: Int
  ) throws {
    let (arguments, status, file, message) = Self.refused[index]
    let before = try workspace.read(file)
    let words = arguments.split(separator: " ").map(String.init)
    let result = try tool.run(words, input: [])
    #expect(result.status == status)
    let name = arguments.contains("./") ? "./\(file)" : file
    #expect(result.errors == "\(name): error: \(message)\n")
    #expect(result.output == "")
    #expect(try workspace.read(file) == before)
  }

  @Test(arguments: [
    "ln -s squid.log out.html", "ln squid.log out.html", "ln -s \"$PWD/squid.log\" out.html",
  ]) func `another name of an input is the input`(_ link: String) throws {
    let result = try tool.shell(
      "\(link); \"$tool\" replay --config maxmind.yaml --report out.html squid.log; echo $?")
    #expect(result.output == "1\n")
    #expect(
      result.errors
        == "out.html: error: is an input, so --report cannot write it; name another file\n")
    #expect(try workspace.read("squid.log") == "127.1.0.1 http://a.example/\n")
  }

  @Test(arguments: ["touch kept.html", "\"$tool\" $replay --report kept.html >/dev/null", ":"])
  func `an empty file, an older report and the target of a link are written`(
    _ before: String
  ) throws {
    let result = try tool.shell(
      """
      replay='replay --config maxmind.yaml squid.log'
      \(before)
      ln -s kept.html link.html
      "$tool" $replay --report link.html >/dev/null
      echo $?; test -L link.html && tail -n 1 kept.html
      """)
    #expect(result.errors == "")
    #expect(result.output.hasPrefix("0\n"))
    #expect(result.output.hasSuffix("</html>\n"))
  }

  @Test func `a replaced report keeps its mode`() throws {
    let result = try tool.shell(
      """
      replay='replay --config maxmind.yaml squid.log --report out.html'
      "$tool" $replay >/dev/null; chmod 600 out.html; cp out.html before
      "$tool" $replay >/dev/null; stat -c %a out.html; cmp before out.html
      """)
    #expect(result.output == "600\n")
    #expect(result.errors == "")
  }

  @Test func `an older JUnit file is replaced`() throws {
    let results = try ["the US passes", "renamed"].map { name in
      try workspace.write(
        "tests.yaml", workspace.read("tests.yaml").replacing("the US passes", with: name))
      let result = try tool.run("test", "tests.yaml", "--junit", "results.xml")
      #expect(result.status == 0)
      #expect(result.errors == "")
      return try workspace.read("results.xml")
    }
    #expect(results[0].contains(#"<testcase name="the US passes: 127.1.0.1 "#))
    #expect(results[1].contains(#"<testcase name="renamed: 127.1.0.1 "#))
    #expect(!results[1].contains("the US passes"))
  }

  @Test func `a report to standard output that is a file is written there`() throws {
    let result = try tool.shell(
      """
      "$tool" replay --config maxmind.yaml --report /dev/stdout squid.log >out.html
      head -c 15 out.html
      """)
    #expect(result.output == "<!DOCTYPE html>")
    #expect(result.errors == "")
  }
}
