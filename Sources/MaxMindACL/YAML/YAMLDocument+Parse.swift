import CLibYAML
import Files

/// The limits for one document.
private enum YAMLLimit {
  /// The maximum nesting of lists and mappings. A configuration needs 4.
  static let depth = 32
  /// The maximum number of nodes that aliases add.
  static let aliasedNodes = 1_000_000
  /// The maximum memory for each node while the array doubles its size.
  static let memoryPerNode = 256
}

extension YAMLDocument {
  /// Parses the first and only document of a YAML file with libyaml.
  ///
  /// Source: YAML 1.1 as libyaml reads it. Throws one diagnostic, because the problems after a syntax error are
  /// unreliable.
  ///
  /// - Parameter nodeLimit: The maximum number of nodes; tests pass a small number.
  package static func parse(
    _ bytes: [UInt8], file: String, nodeLimit: Int = 2_000_000
  ) throws(LoadFailure) -> YAMLDocument {
    // libyaml counts a byte order mark as a column.
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
    var composer = YAMLComposer(
      document: YAMLDocument(file: file, lines: splitLines(String(decoding: bytes, as: UTF8.self))),
      nodeLimit: nodeLimit)
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { unsafe parser.deallocate() }
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw composer.failure(.yamlLimit, "no memory for the YAML parser", at: nil)
    }
    defer { unsafe yaml_parser_delete(parser) }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)

    var failure: LoadFailure?
    unsafe bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) in
      // INVARIANT: libyaml reads the buffer only during `drain`, inside this closure.
      unsafe yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
      do throws(LoadFailure) {
        try unsafe composer.drain(parser, of: bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return composer.finished
  }
}

/// Splits at the line breaks that libyaml counts: LF, CR LF, CR, NEL, LS, PS.
private func splitLines(_ text: String) -> [String] {
  var lines: [String] = []
  let bytes = Array(text.utf8)
  var start = 0
  var index = 0
  while index < bytes.count {
    guard let length = lineBreakLength(bytes[index...].prefix(3)) else {
      index += 1
      continue
    }
    lines.append(String(decoding: bytes[start..<index], as: UTF8.self))
    index += length
    start = index
  }
  lines.append(String(decoding: bytes[start...], as: UTF8.self))
  return lines
}

/// The length of the line break at the start of a text; nil: none.
private func lineBreakLength(_ text: ArraySlice<UInt8>) -> Int? {
  switch text.first {
  case 0x0A: 1
  case 0x0D: text.dropFirst().first == 0x0A ? 2 : 1
  // U+0085, U+2028 and U+2029.
  case 0xC2: text.starts(with: [0xC2, 0x85]) ? 2 : nil
  case 0xE2:
    text.starts(with: [0xE2, 0x80, 0xA8]) || text.starts(with: [0xE2, 0x80, 0xA9]) ? 3 : nil
  default: nil
  }
}

/// Builds nodes from libyaml's events.
private struct YAMLComposer {
  var document: YAMLDocument
  /// The collections that are not complete, outermost first.
  private var open: [OpenCollection] = []
  private var anchors: [String: YAMLDocument.NodeID] = [:]
  /// The number of nodes in each node, with aliases expanded.
  private var expandedCounts: [Int] = []
  private var aliasedNodes = 0
  private var documents = 0
  /// The number of nodes that memory suffices for.
  private var affordableNodes = 0

  private struct OpenCollection {
    var id: YAMLDocument.NodeID
    var isMapping: Bool
    var children: [YAMLDocument.NodeID] = []
    var start: SourcePosition
  }

  /// The maximum number of nodes. The default is twice the need of a list of a million addresses.
  private let nodeLimit: Int

  init(document: YAMLDocument, nodeLimit: Int) {
    self.document = document
    self.nodeLimit = nodeLimit
  }

  func failure(
    _ id: DiagnosticID, _ message: String, at range: SourceRange?
  ) -> LoadFailure {
    LoadFailure(diagnostics: [document.diagnostic(.error, id, message, at: range)])
  }

  /// The document after the last event.
  var finished: YAMLDocument {
    var document = document
    document.expandedCount = document.root.map { expandedCounts[$0.index] } ?? 0
    return document
  }

  @unsafe mutating func drain(
    _ parser: UnsafeMutablePointer<yaml_parser_t>, of bytes: [UInt8]
  ) throws(LoadFailure) {
    while true {
      var event = unsafe yaml_event_t()
      guard unsafe yaml_parser_parse(parser, &event) == 1 else {
        throw unsafe syntaxFailure(parser.pointee, of: bytes)
      }
      defer { unsafe yaml_event_delete(&event) }
      if unsafe event.type == YAML_STREAM_END_EVENT { return }
      try unsafe accept(event)
    }
  }

  @unsafe private mutating func accept(_ event: yaml_event_t) throws(LoadFailure) {
    let range = unsafe SourceRange(
      start: position(event.start_mark), end: position(event.end_mark))
    if document.count >= nodeLimit {
      throw failure(.yamlLimit, "the file holds more than \(nodeLimit) values", at: range)
    }
    if document.count >= affordableNodes {
      affordableNodes = max(1_024, 2 * document.count)
      guard hasMemory(affordableNodes * YAMLLimit.memoryPerNode) else {
        throw failure(
          .noMemory, "there is no memory for more than \(document.count) values", at: range)
      }
    }
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT:
      documents += 1
      if documents > 1 {
        throw failure(
          .yamlDocuments, "a second document begins here; a file is one document",
          at: range)
      }
    case YAML_ALIAS_EVENT:
      try resolve(alias: unsafe text(event.data.alias.anchor), at: range)
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      try check(tag: unsafe text(scalar.tag), at: range)
      let isString = unsafe text(scalar.tag) == YAML_STR_TAG
      let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && !isString
      let value = unsafe String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let id = document.append(.init(content: .scalar(value, isPlain: isPlain), range: range))
      expandedCounts.append(1)
      if unsafe scalar.anchor != nil { anchors[unsafe text(scalar.anchor)] = id }
      add(id)
    case YAML_SEQUENCE_START_EVENT:
      let start = unsafe event.data.sequence_start
      try unsafe begin(isMapping: false, tag: text(start.tag), anchor: start.anchor, at: range)
    case YAML_MAPPING_START_EVENT:
      let start = unsafe event.data.mapping_start
      try unsafe begin(isMapping: true, tag: text(start.tag), anchor: start.anchor, at: range)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      end(at: range.end)
    default:
      break
    }
  }

  @unsafe private mutating func begin(
    isMapping: Bool, tag: String, anchor: UnsafePointer<yaml_char_t>?, at range: SourceRange
  ) throws(LoadFailure) {
    try check(tag: tag, at: range)
    if open.count >= YAMLLimit.depth {
      throw failure(
        .yamlLimit, "lists and mappings nest more than \(YAMLLimit.depth) deep", at: range)
    }
    let id = document.append(
      .init(content: isMapping ? .mapping([]) : .sequence([]), range: range))
    expandedCounts.append(0)  // 0: the collection is not complete
    if unsafe anchor != nil { anchors[unsafe text(anchor)] = id }
    open.append(OpenCollection(id: id, isMapping: isMapping, start: range.start))
  }

  private mutating func end(at position: SourcePosition) {
    guard let collection = open.popLast() else { return }
    let children = collection.children
    if collection.isMapping {
      let pairs = stride(from: 0, to: children.count - 1, by: 2).map {
        (key: children[$0], value: children[$0 + 1])
      }
      document[collection.id].content = .mapping(pairs)
    } else {
      document[collection.id].content = .sequence(children)
    }
    // A block collection ends at the next token, so only the line of its start is useful.
    document[collection.id].range = SourceRange(start: collection.start, end: position)
    expandedCounts[collection.id.index] = children.reduce(1) { $0 + expandedCounts[$1.index] }
    add(collection.id)
  }

  private mutating func resolve(alias: String, at range: SourceRange) throws(LoadFailure) {
    guard let id = anchors[alias] else {
      throw failure(.yamlSyntax, "there is no anchor &\(alias) before this alias", at: range)
    }
    guard expandedCounts[id.index] > 0 else {
      throw failure(.yamlCycle, "the alias *\(alias) is inside its own anchor", at: range)
    }
    aliasedNodes += expandedCounts[id.index]
    if aliasedNodes > YAMLLimit.aliasedNodes {
      throw failure(
        .yamlLimit, "aliases expand to more than \(YAMLLimit.aliasedNodes) values", at: range)
    }
    add(id)
  }

  private mutating func add(_ id: YAMLDocument.NodeID) {
    if open.isEmpty {
      document.root = id
    } else {
      open[open.count - 1].children.append(id)
    }
  }

  private func check(tag: String, at range: SourceRange) throws(LoadFailure) {
    let known = [
      "", "!", YAML_STR_TAG, YAML_SEQ_TAG, YAML_MAP_TAG, YAML_BOOL_TAG, YAML_NULL_TAG, YAML_INT_TAG,
    ]
    if !known.contains(tag) {
      throw failure(.yamlTag, "the tag \(tag) has no meaning here", at: range)
    }
  }

  @unsafe private func syntaxFailure(
    _ parser: yaml_parser_t, of bytes: [UInt8]
  ) -> LoadFailure {
    var message = unsafe parser.problem == nil ? "not YAML" : String(cString: parser.problem)
    if unsafe parser.error == YAML_MEMORY_ERROR { message = "no memory for the YAML parser" }
    if unsafe parser.error == YAML_READER_ERROR {
      // The reader reports a byte offset. Compute the position from the lines before it.
      let before = unsafe splitLines(
        String(decoding: bytes.prefix(parser.problem_offset), as: UTF8.self))
      let start = SourcePosition(
        line: before.count, column: (before.last?.unicodeScalars.count ?? 0) + 1)
      let end = SourcePosition(line: start.line, column: start.column + 1)
      return failure(.yamlSyntax, message, at: SourceRange(start: start, end: end))
    }
    if unsafe parser.context != nil {
      message += unsafe ", \(String(cString: parser.context))"
      let context = unsafe position(parser.context_mark)
      message += " that begins on line \(context.line)"
    }
    let start = unsafe position(parser.problem_mark)
    if let hint = unsafe hint(for: parser, at: start) { message += "; \(hint)" }
    let end = SourcePosition(line: start.line, column: start.column + 1)
    return failure(.yamlSyntax, message, at: SourceRange(start: start, end: end))
  }
}

extension YAMLComposer {
  /// Advice for common mistakes with patterns and addresses.
  @unsafe fileprivate func hint(for parser: yaml_parser_t, at start: SourcePosition) -> String? {
    guard unsafe parser.problem != nil, document.lines.indices.contains(start.line - 1) else {
      return nil
    }
    let line = document.lines[start.line - 1].unicodeScalars.dropFirst(start.column - 1)
    switch unsafe String(cString: parser.problem) {
    case "found unknown escape character":
      return "write a backslash as \\\\ in double quotes, or as \\ in single quotes"
    case "did not find expected alphabetic or numeric character":
      return "quote a * that is a text: \"*\""
    case "found unexpected ':'":
      return "quote an IPv6 address in brackets: [\"::1\"]"
    case "did not find expected node content" where line.starts(with: "::".unicodeScalars):
      return "quote an IPv6 address in brackets: [\"::1\"]"
    case "found character that cannot start any token" where line.first == "\t":
      return "indent lines with spaces, not with tabs"
    default:
      return nil
    }
  }
}

private func position(_ mark: yaml_mark_t) -> SourcePosition {
  SourcePosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
}

@unsafe private func text(_ characters: UnsafePointer<yaml_char_t>?) -> String {
  guard let characters = unsafe characters else { return "" }
  return unsafe String(cString: characters)
}
