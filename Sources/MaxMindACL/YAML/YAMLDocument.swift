/// One YAML document: its nodes with their places in the file.
///
/// Scalars are text; what they mean is the reader's business. An alias is the node that it names.
package struct YAMLDocument {
  /// The number of a node in its document.
  package struct NodeID: Hashable, Sendable {
    package var index: Int
  }

  /// One value of the document.
  package struct Node {
    package enum Content {
      /// `isPlain`: written without quotes, so that it may stand for null or a boolean.
      case scalar(String, isPlain: Bool)
      case sequence([NodeID])
      case mapping([(key: NodeID, value: NodeID)])
    }

    package var content: Content
    package var range: SourceRange
  }

  /// The file as the operator named it, for diagnostics.
  package let file: String
  /// The lines of the file without their line breaks.
  package let lines: [String]
  private var nodes: [Node] = []
  /// The value of the document; nil if it is empty.
  package internal(set) var root: NodeID?
  /// How many nodes there are, aliases expanded.
  var expandedCount = 0

  init(file: String, lines: [String]) {
    self.file = file
    self.lines = lines
  }

  /// The text alone, for rules and diagnostics that quote it when the nodes have been read.
  var withoutNodes: YAMLDocument { YAMLDocument(file: file, lines: lines) }

  package internal(set) subscript(id: NodeID) -> Node {
    get { nodes[id.index] }
    set { nodes[id.index] = newValue }
  }

  mutating func append(_ node: Node) -> NodeID {
    nodes.append(node)
    return NodeID(index: nodes.count - 1)
  }

  /// The number of nodes as written, aliases not counted.
  var count: Int { nodes.count }

  package func diagnostic(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange?
  ) -> Diagnostic {
    Diagnostic(
      severity: severity, id: id, message: shortened(message), file: file, range: range,
      sourceLine: range.flatMap { line(of: $0) })
  }

  /// The line at which a range starts; nil where the file has no such line.
  func line(of range: SourceRange) -> String? {
    let index = range.start.line - 1
    return lines.indices.contains(index) ? lines[index] : nil
  }
}

/// A message without the middle of a value that is as long as nobody reads.
private func shortened(_ message: String) -> String {
  let scalars = message.unicodeScalars
  guard scalars.count > 600 else { return message }
  return String(scalars.prefix(400)) + "…" + String(scalars.suffix(150))
}

extension YAMLDocument.Node {
  /// Whether the value is null: nothing at all, `~` or `null` in plain style.
  package var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The type of the value, as a message names it.
  package var typeName: String {
    if isNull { return "null" }
    return switch content {
    case .scalar: "a single value"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
