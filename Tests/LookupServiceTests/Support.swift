import Addresses
import GeoDatabase
import Foundation
import Glibc
import Synchronization
import Testing

func address(_ text: String) throws -> Address {
  try #require(Address(text), "\(text)")
}

func code(_ text: String) throws -> PlaceCode {
  try #require(PlaceCode(text), "\(text)")
}

/// A record with a country and nothing else.
func record(_ country: String) throws -> Record {
  Record(country: .value(try code(country)))
}

/// Runs a body on this many threads and waits for them. Tasks would not run at the same time.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
  await withTaskGroup { group in
    for number in 0..<count {
      group.addTask {
        await withCheckedContinuation { done in
          Thread {
            body(number)
            done.resume()
          }.start()
        }
      }
    }
  }
}

extension Record {
  /// The fields that the record has, in the order of the rule kinds, for comparisons.
  var summary: String {
    var parts: [String] = []
    if case .value(let asn) = asn { parts.append("AS\(asn)") }
    if case .value(let country) = country { parts.append("\(country)") }
    if case .value(let parts2) = subdivisions { parts += parts2.map(\.description) }
    if case .value(let continent) = continent { parts.append("in \(continent)") }
    if case .value(let country) = registeredCountry { parts.append("registered \(country)") }
    if let organisation { parts.append(organisation) }
    parts += AnonymityFlags.table.filter { flags.contains($0.flag) }.map(\.name)
    return parts.joined(separator: ", ")
  }
}

/// A folder that its deinit removes, with all files that it named.
final class TemporaryFolder {
  let path: String
  private var names: Set<String> = []
  private static let lastNumber = Atomic<Int>(0)

  init() throws {
    let number = Self.lastNumber.add(1, ordering: .relaxed).newValue
    path = "/tmp/lookup-service-tests-\(getpid())-\(number)"
    let status = unsafe mkdir(path, 0o700)
    try #require(status == 0)
  }

  deinit {
    for name in names { unsafe unlink("\(path)/\(name)") }
    unsafe rmdir(path)
  }

  func file(_ name: String) -> String {
    names.insert(name)
    return "\(path)/\(name)"
  }

  /// Writes a file in place, keeping its inode where it exists.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = file(name)
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
    try #require(count == bytes.count)
    return path
  }
}
