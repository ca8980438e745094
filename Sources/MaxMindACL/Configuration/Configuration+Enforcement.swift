extension Configuration {
  /// Which denials are carried out.
  public struct Enforcement: Hashable, Sendable {
    /// `mode: monitor`: none; the requests go through.
    public var isMonitoring = false
    /// `enforce_percent`: those for this share of the networks, in hundredths of a percent.
    public var share: UInt32 = allHundredthsOfPercent
    /// `enforce_from`: those from this time on, in seconds since 1970; nil: always.
    public var start: Int64?
    /// `enforce_until`: those before this time, in seconds since 1970; nil: always.
    public var end: Int64?

    /// Whether all denials are carried out at all times.
    public var isComplete: Bool { self == Enforcement() }
  }
}
