extension Configuration {
  /// What is told of each decision, and to whom.
  public struct Reporting: Sendable {
    /// `name`: under which the decisions are counted; nil: the name of the file.
    public var name: Located<String>?
    /// `decision_header`: whether each request carries its decision for logs and other plugins.
    public var hasDecisionHeader = true
    /// `annotate`: the fields of the request that the origin gets, in the order of the file.
    public var annotations: [Annotation] = []
    /// `log`: the log of denials.
    public var log: DenialLog?
  }

  /// One field of `annotate`.
  public struct Annotation: Sendable {
    /// The name of the field.
    public var name: String
    /// What it says.
    public var value: AnnotationTemplate
  }

  /// `log`: a log of denials.
  public struct DenialLog: Hashable, Sendable {
    /// The name of the file in the directory of the proxy's logs.
    public var file: String
    /// How much of the denials is logged, in hundredths of a percent.
    public var sample: UInt32 = allHundredthsOfPercent
    /// The most lines in a second.
    public var linesPerSecond: UInt32 = 100
  }

  /// The name under which the decisions are counted: `name`, or that of the file without directory and
  /// extension, where characters that don't fit become `_`.
  public var name: String {
    if let name = reporting.name { return name.value }
    let base = file.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    let end = base.lastIndex(of: UInt8(ascii: ".")) ?? base.endIndex
    let stem = base[..<(end > 0 ? end : base.endIndex)].prefix(Reporting.longestName)
    let fitting = stem.map { isNameCharacter($0) ? $0 : UInt8(ascii: "_") }
    return fitting.isEmpty ? "_" : String(decoding: fitting, as: UTF8.self)
  }
}

extension Configuration.Reporting {
  /// The most characters of a `name`.
  static let longestName = 64
}

/// Whether a byte may stand in a `name`, which becomes a part of the names of metrics.
func isNameCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
    true
  default: false
  }
}
