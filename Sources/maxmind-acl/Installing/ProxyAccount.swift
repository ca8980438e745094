import Files
import Foundation
import MaxMindACL
import Remap

/// The user that Traffic Server reads its files as.
enum ProxyAccount {
  /// The user for a configuration directory: `proxy.config.admin.user_id` of the records there or above, or else the
  /// owner of the directory.
  static func reading(_ directory: String) -> Account {
    let directory = canonicalName(directory.isEmpty ? "." : directory)
    guard let owner = fileStatus(directory)?.st_uid else { return .own }
    // Traffic Server changes its user only if root starts it.
    if owner == geteuid(), owner != 0 { return .own }
    return userID(in: directory).flatMap { Account(named: $0) } ?? Account(user: owner)
  }

  /// More than the records of a proxy ever take.
  private static let maximumSize = 4 << 20

  /// The value of `proxy.config.admin.user_id`. Nil: it is not set, or means any user.
  private static func userID(in directory: String) -> String? {
    var directory = directory
    while true {
      for (name, read) in [("records.yaml", inYAML), ("records.config", inRecords)] {
        let file = resolve(name, in: directory)
        if let contents = try? FileContents.read(path: file, limit: maximumSize) {
          return read(contents.bytes)
        }
      }
      if directory == "/" { return nil }
      directory = containingDirectory(of: directory)
    }
  }

  /// `CONFIG proxy.config.admin.user_id STRING trafficserver`; the last one counts.
  private static func inRecords(_ bytes: [UInt8]) -> String? {
    var name: String?
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      if words.count == 4, words[0] == "CONFIG", words[1] == "proxy.config.admin.user_id" {
        name = String(words[3])
      }
    }
    return name
  }

  /// `records: {admin: {user_id: trafficserver}}`, as Traffic Server 10 has it.
  private static func inYAML(_ bytes: [UInt8]) -> String? {
    guard let document = try? YAMLDocument.parse(bytes, file: "records.yaml") else { return nil }
    var node = document.root
    for key in ["records", "admin", "user_id"] {
      guard let mapping = node, case .mapping(let pairs) = document[mapping].content else {
        return nil
      }
      node =
        pairs.first { pair in
          if case .scalar(key, isPlain: _) = document[pair.0].content { true } else { false }
        }?.1
    }
    guard let node, case .scalar(let name, isPlain: _) = document[node].content else { return nil }
    return name
  }
}
