/// The named filters of a remap.config, those of included files among them.
///
/// Source: Traffic Server 9.2's `remap_parse_directive`.
struct RemapFilters: Sendable {
  /// A filter that is in force, and the directive that made it so.
  struct Active: Sendable {
    var name: String
    var source: RemapSource
  }

  private static let define: Set = [".definefilter", ".deffilter", ".defflt"]
  private static let delete: Set = [".deletefilter", ".delfilter", ".delflt"]
  private static let activate: Set = [
    ".usefilter", ".activefilter", ".activatefilter", ".useflt",
  ]
  private static let deactivate: Set = [
    ".unusefilter", ".deactivatefilter", ".unactivefilter", ".deuseflt", ".unuseflt",
  ]
  /// The name under which ip_allow.yaml is switched on and off. It is looked at when a client connects.
  private static let ipAllow = "ip_allow"

  private var defined: Set<String> = []
  /// Those in force for the lines that follow.
  private(set) var active: [Active] = []

  /// Reads a directive; what is wrong with it, or nil.
  mutating func read(_ words: [String], hasOptions: Bool, at source: RemapSource) -> String? {
    guard let directive = words.first else { return nil }
    let isKnown = [Self.define, Self.delete, Self.activate, Self.deactivate]
      .contains { $0.contains(directive) }
    guard isKnown else {
      return "Traffic Server knows no directive \(directive); "
        + "it knows .include, .definefilter, .activatefilter, .deactivatefilter and .deletefilter"
    }
    guard words.count > 1 else { return "\(directive) names no filter" }
    let name = words[1]
    if Self.define.contains(directive) {
      guard hasOptions else { return "\(directive) \(name) says nothing of what it filters" }
      defined.insert(name)
    } else if Self.delete.contains(directive) {
      defined.remove(name)
      active.removeAll { $0.name == name }
    } else if name != Self.ipAllow {
      guard defined.contains(name) else { return "\(directive): there is no filter \(name)" }
      active.removeAll { $0.name == name && Self.deactivate.contains(directive) }
      if Self.activate.contains(directive), !active.contains(where: { $0.name == name }) {
        active.append(Active(name: name, source: source))
      }
    }
    return nil
  }
}
