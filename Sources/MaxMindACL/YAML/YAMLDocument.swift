/// One YAML document: its nodes with their positions in the file.
///
/// Scalars are text; readers interpret them. An alias is the node that it refers to.
package struct YAMLDocument {
  /// The number of a node in its document.
  package struct NodeID: Hashable, Sendable {
    package var index: Int
  }

  /// One value of the document.
  package struct Node {
    package enum Content {
      /// `isPlain`: written without quotes, so it may be null or a boolean.
      case scalar(String, isPlain: Bool)
      case sequence([NodeID])
      case mapping([(key: NodeID, value: NodeID)])
    }

    package var content: Content
    package var range: SourceRange
  }

  /// The file in the operator's spelling, for diagnostics.
  package let file: String
  /// The lines of the file without their line breaks.
  package let lines: [String]
  private var nodes: [Node] = []
  /// The value of the document; nil: empty.
  package internal(set) var root: NodeID?
  /// The number of nodes, with aliases expanded.
  var expandedCount = 0

  init(file: String, lines: [String]) {
    self.file = file
    self.lines = lines
  }

  /// The text without nodes, for diagnostics after the document has been read.
  var withoutNodes: YAMLDocument { YAMLDocument(file: file, lines: lines) }

  package internal(set) subscript(id: NodeID) -> Node {
    get { nodes[id.index] }
    set { nodes[id.index] = newValue }
  }

  mutating func append(_ node: Node) -> NodeID {
    nodes.append(node)
    return NodeID(index: nodes.count - 1)
  }

  /// The number of nodes as written, without aliases.
  var count: Int { nodes.count }

  package func diagnostic(
    _ severity: Diagnostic.Severity, _ id: DiagnosticID, _ message: String, at range: SourceRange?
  ) -> Diagnostic {
    Diagnostic(
      severity: severity, id: id, message: shortened(message), file: file, range: range,
      sourceLine: range.flatMap { line(of: $0) })
  }

  /// The first line of a range; nil: the file has no such line.
  func line(of range: SourceRange) -> String? {
    let index = range.start.line - 1
    return lines.indices.contains(index) ? lines[index] : nil
  }
}

/// Removes the middle of a very long message.
private func shortened(_ message: String) -> String {
  let scalars = message.unicodeScalars
  guard scalars.count > 600 else { return message }
  return String(scalars.prefix(400)) + "…" + String(scalars.suffix(150))
}

extension YAMLDocument.Node {
  /// Whether the value is null: empty, `~` or `null` in plain style.
  package var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The type of the value in messages.
  package var typeName: String {
    if isNull { return "null" }
    return switch content {
    case .scalar: "a single value"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
