import Addresses
import MaxMindACL

/// A text is not a client.
struct ClientTextError: Error {
  /// The mistake and the fix.
  var message: String
}

/// The addresses for a client of a test.
///
/// An address is itself. After a block or range, `edges` selects its first and last address, and `neighbours` the
/// addresses before the first and after the last, if the family has them.
func addresses(ofClient text: String) throws(ClientTextError) -> [Address] {
  let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
  let last = words.last.map(String.init) ?? ""
  let selects = words.count > 1 && (last.first?.isLetter ?? false) && Address(last) == nil
  let name = selects ? words.dropLast().joined(separator: " ") : text
  let range = try range(name)
  guard selects else {
    if range.first == range.last { return [range.first] }
    throw ClientTextError(
      message: "\(name) is more than one address; \"\(name) edges\" is its first and its last")
  }
  switch last {
  case "edges": return range.first == range.last ? [range.first] : [range.first, range.last]
  case "neighbours":
    let found = [range.first.previous, range.last.next].compactMap { $0 }
    if found.isEmpty {
      throw ClientTextError(message: "\(name) covers all addresses, so it has no neighbours")
    }
    return found
  default:
    let near = suggestion(for: last, among: ["edges", "neighbours"])
    throw ClientTextError(
      message: "\"\(last)\" is not edges or neighbours"
        + (near.map { "; did you mean \($0)?" } ?? ""))
  }
}

private func range(_ name: String) throws(ClientTextError) -> AddressRange {
  let parsed: (range: AddressRange, hasHostBits: Bool)
  do throws(AddressRangeError) {
    parsed = try AddressRange.parse(name)
  } catch {
    throw ClientTextError(message: "\"\(name)\": \(error.message)")
  }
  guard !parsed.hasHostBits else {
    throw ClientTextError(message: "\(name) has host bits set; the block is \(parsed.range)")
  }
  return parsed.range
}
