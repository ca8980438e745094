extension Pattern {
  /// An expression that matches `host/path` exactly if this one matches the path alone: `^a|b` becomes
  /// `^[^/]+/(?:a|.*(?:b))`.
  ///
  /// The path is without its first slash and holds no newline. Nil: the expression has rare syntax, an anchor that is
  /// not at the start of an alternative, or a part that may depend on the text before the path.
  package var forHostAndPath: String? {
    let bytes = Array(source.utf8)
    // An empty match does not count, but with the host it is not empty.
    guard let program = try? Program(bytes, usingJIT: false) else { return nil }
    defer { program.free() }
    guard !program.mayMatchNothing, !program.hasReferences, let syntax = PatternSyntax(bytes),
      !syntax.options.contains(UInt8(ascii: "m")), !PatternSyntax.looksBehind(syntax.alternatives),
      let moved = PatternSyntax.afterHost(syntax.alternatives)
    else { return nil }
    var text = syntax.options.isEmpty ? [] : Array("(?".utf8) + syntax.options + Array(")".utf8)
    text += "^[^/]+/".utf8
    let isOne = !PatternSyntax.hasStart(syntax.alternatives) || syntax.alternatives.count == 1
    text += isOne ? moved : Array("(?:".utf8) + moved + Array(")".utf8)
    return String(decoding: text, as: UTF8.self)
  }
}

extension PatternSyntax {
  /// Alternatives as they continue after the host and its slash. Nil: an anchor is in another place.
  ///
  /// Each alternative either begins at the start of the path, or after any text of it. `(^|/)a` does both.
  fileprivate static func afterHost(_ alternatives: [[Item]]) -> [UInt8]? {
    guard hasStart(alternatives) else {
      var text = Array(".*(?:".utf8)
      write(alternatives, to: &text)
      return text + [UInt8(ascii: ")")]
    }
    var texts: [[UInt8]] = []
    for alternative in alternatives {
      let rest = Array(alternative.dropFirst())
      guard hasStart([alternative]) else {
        guard let text = afterHost([alternative]) else { return nil }
        texts.append(text)
        continue
      }
      guard let first = alternative.first, !hasStart([rest]) else { return nil }
      var text: [UInt8] = []
      if first != .start {
        guard let group = first.group, group.opening.last == UInt8(ascii: ":"),
          group.quantifier.isEmpty, let inner = afterHost(group.alternatives)
        else { return nil }
        text = Array("(?".utf8) + group.opening + inner + [UInt8(ascii: ")")]
      }
      write([rest], to: &text)
      texts.append(text)
    }
    return Array(texts.joined(separator: [UInt8(ascii: "|")]))
  }

  /// Whether an anchor is anywhere in some alternatives.
  fileprivate static func hasStart(_ alternatives: [[Item]]) -> Bool {
    alternatives.joined().contains { item in
      item == .start || item.group.map { hasStart($0.alternatives) } ?? false
    }
  }

  /// Whether a part reads the text before its place, or has `(?m)`.
  fileprivate static func looksBehind(_ alternatives: [[Item]]) -> Bool {
    alternatives.joined().contains { item in
      guard let group = item.group else { return false }
      return group.opening.contains { "<m".utf8.contains($0) } || looksBehind(group.alternatives)
    }
  }
}

extension PatternSyntax.Item {
  /// The parts of a group; nil: another item.
  fileprivate var group:
    (
      opening: [UInt8], alternatives: [[PatternSyntax.Item]], quantifier: [UInt8]
    )?
  {
    guard case .other(let source) = self, source.first == UInt8(ascii: "(") else { return nil }
    // `PatternSyntax` writes a `^` without `(?m)` as `\A`.
    var reader = PatternReader(source, isMultiline: true)
    guard let group = reader.readGroupParts(), let quantifier = reader.readQuantifier() else {
      return nil
    }
    return (group.opening, group.alternatives, quantifier)
  }
}
