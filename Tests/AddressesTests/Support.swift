import Testing

@testable import Addresses

func address(_ text: String) throws -> Address {
  try #require(Address(text), "\(text)")
}

func range(_ text: String) throws -> AddressRange {
  try AddressRange.parse(text).range
}
