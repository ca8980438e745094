/// What a database says of an address, as far as rules read it.
public struct Record: Hashable, Sendable {
  /// A record's country.
  public enum CountryField: Hashable, Sendable {
    /// The record names no country, or names it with an empty text or `-`.
    case absent
    /// `country.iso_code`, else the flat `country_code`, else a `country` that is a text of two letters.
    case code(CountryCode)
    /// A country is there but cannot be read: it has another type than text.
    case unreadable
  }

  /// The country.
  public var country: CountryField
  /// The flags that are set.
  public var flags: AnonymityFlags
  /// The flags that are there but are not booleans; never also in `flags`.
  public var unreadableFlags: AnonymityFlags

  /// A record from its parts.
  public init(
    country: CountryField = .absent, flags: AnonymityFlags = [],
    unreadableFlags: AnonymityFlags = []
  ) {
    self.country = country
    self.flags = flags
    self.unreadableFlags = unreadableFlags
  }

  /// What stands for a record that cannot be decoded.
  public static let unreadable = Record(country: .unreadable, unreadableFlags: .all)
}
