import Files
import Testing

@testable import CivilTime

let zoneNames = [
  "Africa/Casablanca", "America/New_York", "America/Nuuk", "Antarctica/Troll", "Asia/Kolkata",
  "Europe/Berlin", "Europe/Dublin", "Pacific/Chatham",
]

/// A folder of `Tests/Fixtures/zones`: `slim`, `fat` or `changes`.
func zones(_ folder: String, file: String = #filePath) -> String {
  let folders = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
  return folders.joined(separator: "/") + "/Fixtures/zones/" + folder
}

func zoneFile(_ name: String, in folder: String = "slim") throws -> [UInt8] {
  try FileContents.read(path: "\(zones(folder))/\(name)", limit: 1 << 20).bytes
}

/// The offsets of a zone from 1900 to 2200, as Python's zoneinfo reads them.
struct OffsetHistory {
  private(set) var changes: [(epoch: Int64, offset: Int32)] = []

  init(_ name: String) throws {
    let text = String(decoding: try zoneFile(name, in: "changes"), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      changes.append((try #require(Int64(fields[0])), try #require(Int32(fields[1]))))
    }
  }

  static let start: Int64 = -2_208_988_800
  static let end: Int64 = 7_258_118_400

  /// The definition: the offset of the last change that is not after the moment.
  func offset(at epoch: Int64) -> Int32? {
    changes.last { $0.epoch <= epoch }?.offset
  }
}
