extension Configuration {
  /// How a running policy follows its files.
  public struct Reload: Sendable {
    /// `reload`: the time between two looks at the files; nil: `off`, they are not looked at.
    public var interval: Duration? = .seconds(60)
    /// `jitter`: the most by which a look is put off at random; nil: a tenth of the interval.
    public var jitter: Duration?
    /// `allow_older`: whether a database may take the place of one that was built after it.
    public var allowsOlder = false
    /// `allow_lost_countries`: whether a database may take the place of one that has a country which rules name and
    /// it does not.
    public var allowsLostCountries = false

    /// The most by which a look is put off at random.
    public var greatestDelay: Duration { jitter ?? (interval ?? .zero) / 10 }
  }
}
