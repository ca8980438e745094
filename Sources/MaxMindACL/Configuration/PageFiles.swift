import Files

/// The maximum size of a denial page, in bytes.
private let maximumPageSize = 4 << 20

/// Reads the pages for denied clients and collects their problems.
struct PageFiles {
  let configuration: Configuration
  let document: YAMLDocument
  let directory: String
  private(set) var found = DiagnosticList()
  /// Cached pages by file name; nil: the page is empty or unreadable.
  private var pages: [String: ConfiguredAnswer.Page?] = [:]

  init(configuration: Configuration, document: YAMLDocument, directory: String) {
    self.configuration = configuration
    self.document = document
    self.directory = directory
  }

  private mutating func report(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange
  ) {
    found.append(document.diagnostic(severity, id, message, at: range), severity)
  }

  /// The answers of the configuration, with their pages.
  mutating func read(_ willRead: (String) throws(FileError) -> Void) -> ConfiguredAnswers {
    let responses = configuration.responses
    let plain = answer(responses.plain, willRead)
    var byStep: [Step: ConfiguredAnswer] = [:]
    for step in Step.allCases {
      byStep[step] = responses.byStep[step].map { answer($0, willRead) }
    }
    let byRule = configuration.deny.rules.map { $0.response.map { answer($0, willRead) } }
    return ConfiguredAnswers(plain: plain, byStep: byStep, byRule: byRule)
  }

  private mutating func answer(
    _ response: Configuration.Response, _ willRead: (String) throws(FileError) -> Void
  ) -> ConfiguredAnswer {
    guard let html = response.html else { return ConfiguredAnswer(response, page: nil) }
    // Several responses may share a page. Its problems are reported once.
    if let page = pages[html.value] { return ConfiguredAnswer(response, page: page) }
    let page = readPage(html, willRead)
    pages.updateValue(page, forKey: html.value)
    return ConfiguredAnswer(response, page: page)
  }

  /// A page; nil: empty or unreadable.
  private mutating func readPage(
    _ html: Located<String>, _ willRead: (String) throws(FileError) -> Void
  ) -> ConfiguredAnswer.Page? {
    let file = resolve(html.value, in: directory)
    do throws(FileError) {
      try willRead(file)
      let page = try FileContents.read(path: file, limit: maximumPageSize).bytes
      if page.isEmpty {
        let message = "html: \(file) is empty; denied clients get the proxy's own page"
        report(.warning, .pageEmpty, message, at: html.range)
        return nil
      }
      return ConfiguredAnswer.Page(file: html.value, bytes: page)
    } catch {
      let id = error.kind == .tooLarge ? DiagnosticID.pageTooLarge : .fileUnreadable
      report(
        configuration.severity, id, "html: \(file) cannot be read: \(error.message)", at: html.range
      )
      return nil
    }
  }
}

/// Resolves a name against a directory. Absolute names stay.
package func resolve(_ name: String, in directory: String?) -> String {
  guard let directory, !directory.isEmpty, !name.hasPrefix("/") else { return name }
  return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
}

/// The directory of a file name.
package func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "" }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
