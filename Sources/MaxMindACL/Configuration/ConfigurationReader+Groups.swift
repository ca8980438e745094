import Files

/// A group of `define`, or a built-in one.
///
/// Its items are texts. The list that uses the group reads them as countries or as addresses.
struct Group {
  /// One item as written.
  enum Item {
    /// `line` is the line of the item; nil: built in.
    case member(String, line: Int?)
    case group(String, at: SourceRange)
  }

  /// The name under `define`; nil: built in.
  var key: SourceRange?
  var items: [Item]
  /// The number of items, with the items of the groups in it.
  var expandedCount: Int
  /// The number of groups on the longest way to an item.
  var depth = 1
  /// Whether `expandedCount` and `depth` are known.
  var isResolved: Bool

  /// Whether a text is a reference to a group.
  static func isReference(_ text: String) -> Bool { text.utf8.first == UInt8(ascii: "$") }

  /// The maximum length of a name, in bytes. Each rule of a group repeats it.
  static let longestName = 64

  /// Whether a name is lower-case letters, digits, `_` and `-`, with a letter first, and not too long.
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= longestName else { return false }
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    return letters.contains(first)
      && name.utf8.allSatisfy { letters.contains($0) || "0123456789_-".utf8.contains($0) }
  }

  /// The built-in groups by name.
  static let builtIn: [String: Group] = {
    let union = [
      "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT",
      "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
    ]
    let members = [
      "eu": union,
      "eea": union + ["IS", "LI", "NO"],
      // RFC 1918, RFC 4193, link-local (RFC 3927, RFC 4291) and loopback.
      "private": [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16",
        "fe80::/10", "127.0.0.0/8", "::1",
      ],
    ]
    return members.mapValues { members in
      Group(
        items: members.map { .member($0, line: nil) }, expandedCount: members.count,
        isResolved: true)
    }
  }()
}

/// The groups that a reader knows, and the lists that used them.
struct Groups {
  var byName = Group.builtIn
  /// The names that a list or another group uses.
  var used: Set<String> = []
  /// The number of values that all uses have added.
  var expandedCount = 0
  /// The number of values that memory suffices for.
  var affordableCount = 0

  /// The maximum number of values that groups add, as for YAML aliases.
  static let mostValues = 1_000_000
  /// The maximum number of groups inside one another.
  static let greatestDepth = 32
  /// The maximum number of names that a suggestion considers.
  static let mostCandidates = 1_000
}

// The groups of `define`, and the lists that use them.
extension ConfigurationReader {
  mutating func readGroups(_ entry: Entry) {
    if isNothing(entry.value) {
      warning(.emptySection, "define: has nothing under it and does nothing", at: entry.key)
      return
    }
    guard let keys = keys(of: entry.value, in: "define", known: nil) else { return }
    for name in keys.order {
      guard let entry = keys[name] else { continue }
      if Group.builtIn[name] != nil {
        error(.badGroup, "define: $\(name) is built in; choose another name", at: entry.key)
        continue
      }
      let isName = Group.isName(name)
      if !isName {
        error(
          .badGroup,
          "define: \"\(name)\" cannot be the name of a group; use at most \(Group.longestName) "
            + "of a-z, 0-9, _ and -, and begin with a letter", at: entry.key)
      }
      // A group with errors stays known, so that its uses are not errors too.
      let items = items(of: entry, name)
      groups.byName[name] = Group(
        key: document[entry.key].range, items: isName ? items : [], expandedCount: 0,
        isResolved: false)
    }
    for name in keys.order { resolve(name) }
  }

  private mutating func items(of entry: Entry, _ name: String) -> [Group.Item] {
    let name = "define.\(name)"
    if isEmptyList(entry.value) {
      error(
        .emptyValue, "\(name): expected a list of countries or of addresses, but it is empty",
        at: entry.key)
      return []
    }
    var items: [Group.Item] = []
    for item in list(entry, name, String(name.dropFirst("define.".count))) ?? [] {
      guard let text = text(item, name, "a country, an address or a group") else { continue }
      items.append(
        Group.isReference(text.value)
          ? .group(String(text.value.dropFirst()), at: text.range)
          : .member(text.value, line: text.range.start.line))
    }
    return items
  }

  /// Counts the values of a group. Reports and leaves out groups in it that are unknown, contain it or expand to too
  /// much.
  ///
  /// - Parameter outer: The groups around this one, outermost first.
  private mutating func resolve(_ name: String, in outer: [String] = []) {
    guard var group = groups.byName[name], !group.isResolved else { return }
    let path = outer + [name]
    var items: [Group.Item] = []
    for item in group.items {
      guard case .group(let other, let range) = item else {
        group.expandedCount += 1
        items.append(item)
        continue
      }
      if let start = path.firstIndex(of: other) {
        let circle = (path[start...] + [other]).map { "$\($0)" }.joined(separator: ", ")
        error(.groupCycle, "define.\(name): the group contains itself: \(circle)", at: range)
        continue
      }
      guard knows(other, "define.\(name)", at: range) else { continue }
      groups.used.insert(other)
      if path.count < Groups.greatestDepth { resolve(other, in: path) }
      guard let inner = groups.byName[other], inner.isResolved,
        inner.depth < Groups.greatestDepth
      else {
        error(
          .groupLimit, "define.\(name): groups nest more than \(Groups.greatestDepth) deep",
          at: range)
        continue
      }
      // An empty group counts too, because its expansion takes time.
      let count = group.expandedCount + max(1, inner.expandedCount)
      guard count <= Groups.mostValues else {
        error(
          .groupLimit, "define.\(name): the group expands to more than \(Groups.mostValues) values",
          at: range)
        items = []
        group.expandedCount = 0
        break
      }
      group.expandedCount = count
      group.depth = max(group.depth, inner.depth + 1)
      items.append(item)
    }
    group.items = items
    group.isResolved = true
    groups.byName[name] = group
  }

  /// Whether a group exists. Reports an unknown name.
  private mutating func knows(_ name: String, _ place: String, at range: SourceRange) -> Bool {
    if groups.byName[name] != nil { return true }
    // Only listed diagnostics need a suggestion.
    let candidates =
      found.errorCount < listedDiagnostics
      ? groups.byName.keys.sorted().prefix(Groups.mostCandidates) : []
    let hint =
      if let near = suggestion(for: name, among: Array(candidates)) {
        "did you mean $\(near)?"
      } else if Group.isName(name) {
        "the groups are $eu, $eea, $private and those under define:"
      } else {
        "a group is a $ and its name, such as $eu"
      }
    error(.unknownGroup, "\(place): unknown group $\(name); \(hint)", at: range)
    return false
  }

  /// Warns of groups without a use. Only if there are no errors, because an error removes uses.
  mutating func warnOfUnusedGroups() {
    guard !found.hasErrors else { return }
    let unused = groups.byName.filter { !groups.used.contains($0.key) }
      .compactMap { name, group in group.key.map { (name: name, range: $0) } }
    for (name, range) in unused.sorted(by: { $0.range.start < $1.range.start }) {
      warning(.unusedGroup, "define: nothing uses $\(name)", at: range)
    }
  }

  // MARK: - Lists

  /// The values of a list of countries or addresses, with the members of a group in place of each `$name`.
  ///
  /// A value that several groups contain is there once. The first invalid member of a group is reported, and ends it.
  ///
  /// - Parameters:
  ///   - what: The type of an item in messages.
  ///   - read: Reads one text. Reports invalid texts.
  mutating func values<Value: Hashable>(
    of items: some Sequence<NodeID>, _ name: String, _ what: String,
    read: (inout Self, Located<String>) -> Value?
  ) -> [Located<Value>] {
    var values: [Located<Value>] = []
    values.reserveCapacity(items.underestimatedCount)
    var ofGroups: Set<Value> = []
    for item in items {
      guard let text = text(item, name, what) else { continue }
      guard Group.isReference(text.value) else {
        if let value = read(&self, text) {
          values.append(Located(value: value, text: text.text, range: text.range))
        }
        continue
      }
      for member in members(of: text, name) {
        guard let value = read(&self, member) else { break }
        guard ofGroups.insert(value).inserted else { continue }
        values.append(
          Located(value: value, text: member.text, range: member.range, group: member.group))
      }
    }
    return values
  }

  /// The members of a group in its order, each at the place of the reference.
  private mutating func members(
    of reference: Located<String>, _ name: String
  ) -> [Located<String>] {
    let groupName = String(reference.value.dropFirst())
    guard knows(groupName, name, at: reference.range), let group = groups.byName[groupName]
    else { return [] }
    groups.used.insert(groupName)
    let count = groups.expandedCount + max(1, group.expandedCount)
    guard count <= Groups.mostValues else {
      error(
        .groupLimit, "\(name): groups expand to more than \(Groups.mostValues) values",
        at: reference.range)
      return []
    }
    if count > groups.affordableCount {
      groups.affordableCount = min(max(1_024, 2 * count), Groups.mostValues)
      guard hasMemory((document.expandedCount + groups.affordableCount) * memoryPerValue) else {
        groups.affordableCount = 0
        error(
          .noMemory, "\(name): there is no memory for the \(count) values of groups",
          at: reference.range)
        return []
      }
    }
    groups.expandedCount = count
    var members: [Located<String>] = []
    append(group, of: reference, to: &members)
    return members
  }

  private func append(
    _ group: Group, of reference: Located<String>, to members: inout [Located<String>]
  ) {
    for item in group.items {
      switch item {
      case .member(let text, let line):
        members.append(
          Located(
            value: text, text: text, range: reference.range,
            group: line.map { .defined(reference: reference.text, line: $0) }
              ?? .builtIn(reference: reference.text)))
      case .group(let name, at: _):
        if let inner = groups.byName[name] { append(inner, of: reference, to: &members) }
      }
    }
  }
}
