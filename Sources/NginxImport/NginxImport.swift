/// The configurations that an nginx configuration becomes.
///
/// Each class of requests that the nginx configuration tells apart is run through its rewrite and access phases, and
/// the verdicts become rules.
///
/// ```swift
/// let result = NginxImport(try NginxDirective.read(crossplane: bytes), database: nil)
/// for file in result.files { print(file.name, file.text) }
/// for note in result.notes { print(note) }
/// ```
package struct NginxImport: Sendable {
  /// A directive that is not imported.
  package struct Note: Hashable, Sendable, CustomStringConvertible {
    package var place: NginxDirective.Place
    /// The directive.
    package var text: String
    package var reason: String

    /// `nginx.conf:12: satisfy any: passwords have no counterpart`.
    package var description: String { "\(place): \(text): \(reason)" }
  }

  /// A configuration or a list.
  package struct File: Hashable, Sendable {
    /// Its name without a directory.
    package var name: String
    package var text: String
    /// What the file is for, in a line.
    package var summary: String
  }

  package private(set) var files: [File] = []
  package private(set) var notes: [Note] = []

  /// Imports a configuration.
  ///
  /// - Parameter database: The name of a database, in place of the files of `geoip2`.
  package init(_ directives: [NginxDirective], database: String?) {
    var configuration = NginxConfiguration(directives)
    let texts = directives.comparedTexts
    var writers: [ConfigurationWriter] = []
    for server in configuration.servers {
      do throws(NoCounterpart) {
        guard let rules = try Self.rules(of: server, in: &configuration, texts) else { continue }
        let realIP = configuration.realIP(of: server)
        var writer = ConfigurationWriter(
          server: server, rules: rules,
          databases: database.map { [$0] } ?? configuration.databases(for: rules.fields))
        writer.addClient(realIP, &configuration.notes)
        if let same = writers.firstIndex(where: { $0.hasSameRules(as: writer) }) {
          writers[same].servers.append(server)
        } else {
          writers.append(writer)
        }
      } catch {
        configuration.notes.add(server, "the server is not imported: \(error.reason)")
      }
    }
    var names: Set<String> = []
    for var writer in writers {
      do throws(NoCounterpart) {
        files += try writer.files(&names)
      } catch {
        configuration.notes.add(
          writer.servers[0], "the server is not imported: \(error.reason)")
      }
    }
    notes = configuration.notes.all.sorted {
      ($0.place.file, $0.place.line) < ($1.place.file, $1.place.line)
    }
  }

  /// The rules of a server. Nil: all requests pass.
  private static func rules(
    of server: NginxDirective, in configuration: inout NginxConfiguration, _ texts: Set<String>
  ) throws(NoCounterpart) -> ImportedRules? {
    var trees: [(section: NginxSection, tree: VerdictTree)] = []
    func tree(of section: NginxSection) throws(NoCounterpart) -> VerdictTree {
      var run = NginxRun(section, in: configuration)
      guard let tree = run.tree(texts: texts) else {
        throw NoCounterpart(reason: "its conditions are too many")
      }
      // With the tables of the section's access lists, and its notes.
      configuration = run.configuration
      return tree
    }
    // The server's own directives run before a location is found.
    let ofServer = try tree(of: NginxSection(rewrites: [server.block], isServer: true))
    for section in configuration.sections(of: server) {
      trees.append((section, try tree(of: section)))
    }
    try Self.checkOrder(of: trees.compactMap(\.section.location))
    // A location / leaves nothing outside.
    let base = trees.firstIndex { $0.section.location.map { $0.pattern == nil } ?? false } ?? 0
    var builder = RuleBuilder(variables: configuration.variables)
    try builder.add(ofServer)
    for (number, (section, tree)) in trees.enumerated() {
      if number != base {
        guard let location = section.location else { continue }
        // The rules of the base have its paths, unless they are exceptions from an exception.
        let isException = trees.contains {
          $0.tree != trees[base].tree && $0.section.location.map(location.precedes) ?? false
        }
        if tree == trees[base].tree, !isException { continue }
      }
      let pattern = section.location?.pattern
      try builder.add(
        tree, holds: pattern.map { [.regex([$0])] } ?? [],
        excludes: exclusions(from: section, tree, trees))
    }
    builder.moveGeneralRulesToEnd()
    return builder.rules.denials.isEmpty && builder.rules.unknown == nil ? nil : builder.rules
  }

  /// Throws if `^~` is in force for a part of its paths only.
  private static func checkOrder(of locations: [NginxLocation]) throws(NoCounterpart) {
    for location in locations {
      guard case .prefix(let path, isFinal: true) = location.kind else { continue }
      let hasPatterns = locations.contains { if case .pattern = $0.kind { true } else { false } }
      let isPartly = locations.contains {
        if case .prefix(let longer, isFinal: false) = $0.kind {
          longer.hasPrefix(path)
        } else {
          false
        }
      }
      if hasPatterns, isPartly || path == "/" {
        throw NoCounterpart(
          reason: "location ^~ \(path) (\(location.directive.place)) and patterns overlap")
      }
    }
  }

  /// The paths of other sections with other verdicts, among those that a section would have.
  private static func exclusions(
    from section: NginxSection, _ tree: VerdictTree,
    _ trees: [(section: NginxSection, tree: VerdictTree)]
  ) -> [ImportedRule.Condition] {
    let patterns = trees.compactMap { other -> String? in
      guard other.tree != tree, let location = other.section.location,
        let pattern = location.pattern
      else { return nil }
      guard let own = section.location else { return pattern }
      return location.precedes(own) ? pattern : nil
    }
    return patterns.isEmpty ? [] : [.regex(patterns)]
  }
}

extension [NginxDirective] {
  /// The texts that maps and conditions compare.
  fileprivate var comparedTexts: Set<String> {
    var texts: Set<String> = []
    for directive in self {
      switch directive.name {
      case "map": texts.formUnion(directive.block.map(\.name))
      case "if": texts.formUnion(directive.arguments.dropFirst(2))
      default: break
      }
      texts.formUnion(directive.block.comparedTexts)
    }
    return texts
  }
}
