/// The named filters of a remap.config and its included files.
///
/// Source: Traffic Server's `remap_parse_directive`.
struct RemapFilters: Sendable {
  /// A filter in force, and the directive that activated it.
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
  /// The name that switches ip_allow.yaml on and off. Traffic Server looks at it when a client connects.
  private static let ipAllow = "ip_allow"

  private var defined: Set<String> = []
  /// The filters in force for the next lines.
  private(set) var active: [Active] = []

  /// Reads a directive. Returns the mistake in it.
  mutating func read(
    _ words: RemapWords, at source: RemapSource, by version: TrafficServerVersion
  ) -> String? {
    let names = words.plain.map { String(decoding: $0, as: UTF8.self) }
    guard let directive = names.first else { return nil }
    let isKnown = [Self.define, Self.delete, Self.activate, Self.deactivate]
      .contains { $0.contains(directive) }
    guard isKnown else {
      return "Traffic Server knows no directive \(directive); "
        + "it knows .include, .definefilter, .activatefilter, .deactivatefilter and .deletefilter"
    }
    guard names.count > 1 else { return "\(directive) names no filter" }
    let name = names[1]
    if Self.define.contains(directive) {
      guard words.hasOptions else { return "\(directive) \(name) has no condition" }
      if let mistake = words.mistakeOfActions(by: version) { return mistake }
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
