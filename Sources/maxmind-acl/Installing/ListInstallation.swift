import Files
import Foundation
import MaxMindACL
import Remap
import Text

/// Why a list was not installed.
struct InstallationFailure: Error {
  var status: CInt
  /// The text for standard error, with a final line break.
  var text: String

  static func unwritable(_ failure: SystemFailure) -> InstallationFailure {
    InstallationFailure(status: 2, text: "error: \(printable(failure.message))\n")
  }

  static func invalid(_ diagnostics: [Diagnostic]) -> InstallationFailure {
    let texts = diagnostics.map { Terminal.standardError.rendered($0) + "\n" }
    // A diagnostic without a place in the file is about the file itself.
    let isUnread = diagnostics.contains { $0.id == .fileUnreadable && $0.range == nil }
    return InstallationFailure(status: isUnread ? 2 : 1, text: texts.joined())
  }
}

/// Installs a list in place of another, under the lock of its directory.
struct ListInstallation: ~Copyable {
  let list: AddressList
  /// Whether it has entries with more public addresses than anyone owns.
  private let hasShortPrefixes: Bool
  private let change: ListChange
  private let new: String
  private let bytes: [UInt8]
  private let oldBytes: [UInt8]?
  private let destination: String
  let file: InstalledFile
  private let isInPlace: Bool
  private let now: Int64

  /// Reads both lists.
  ///
  /// - Parameters:
  ///   - value: The value whose entries are read. Nil: all entries.
  ///   - isForced: Whether a file that is not a list may be replaced.
  init(
    new: String, destination: String, value: String?, now: Int64, isInPlace: Bool, isForced: Bool
  ) throws(InstallationFailure) {
    let bytes = try Self.read(new)
    let use = AddressList.Use(value: value)
    let (list, diagnostics) = AddressList.read(bytes, file: new, for: use, now: now)
    if diagnostics.contains(where: { $0.severity == .error }) { throw .invalid(diagnostics) }
    for warning in diagnostics {
      standardError.write(Terminal.standardError.rendered(warning) + "\n")
    }
    let file = try Self.lock(destination)
    let oldBytes = try Self.content(of: file)
    var old: AddressList?
    if let oldBytes {
      let (list, diagnostics) = AddressList.read(
        oldBytes, file: destination, for: use, now: now)
      if let error = diagnostics.first(where: { $0.severity == .error }) {
        try Self.report(error, isForced: isForced)
      } else {
        old = list
      }
    }
    self.list = list
    hasShortPrefixes = diagnostics.contains { $0.id == .shortPrefix }
    self.new = new
    self.bytes = bytes
    self.destination = destination
    self.now = now
    self.isInPlace = isInPlace
    self.oldBytes = oldBytes
    change = ListChange(from: old, to: list)
    self.file = file
  }

  private static func read(_ path: String) throws(InstallationFailure) -> [UInt8] {
    let (directory, name): (HeldDirectory, String)
    do throws(SystemFailure) {
      (directory, name) = try HeldDirectory.holding(path, to: .read)
    } catch {
      throw unreadable(path, error.message)
    }
    do throws(FileError) {
      return try directory.read(name, limit: AddressList.maximumSize)
    } catch {
      throw unreadable(path, error.message)
    }
  }

  /// Nil: the file does not exist.
  private static func content(
    of file: borrowing InstalledFile
  ) throws(InstallationFailure) -> [UInt8]? {
    do throws(FileError) {
      return try file.read(limit: AddressList.maximumSize)
    } catch {
      if error.kind == .missing { return nil }
      throw unreadable(file.path, error.message)
    }
  }

  private static func unreadable(_ path: String, _ reason: String) -> InstallationFailure {
    InstallationFailure(
      status: 2, text: "\(printable("\(path): error: cannot be read: \(reason)"))\n")
  }

  /// Reports an old file that is not a list, so that the change cannot be measured.
  private static func report(
    _ error: Diagnostic, isForced: Bool
  ) throws(InstallationFailure) {
    let name = printable(error.file)
    if isForced {
      standardError.write(
        "\(name): warning: the old list has errors, so the change cannot be measured\n")
      return
    }
    throw InstallationFailure(
      status: 3,
      text:
        "\(name): error: refused: the old list has errors, so the change cannot be measured; "
        + "--force replaces it\n\(Terminal.standardError.rendered(error))\n")
  }

  /// Waits for other runs, and undoes one that was cut short.
  private static func lock(_ destination: String) throws(InstallationFailure) -> InstalledFile {
    do throws(SystemFailure) {
      let file = try InstalledFile(destination)
      if try file.restore() {
        standardError.write(
          "\(printable(destination)): warning: an earlier run was cut short; the old content is back\n"
        )
      }
      return file
    } catch {
      if error.code == EWOULDBLOCK {
        throw InstallationFailure(
          status: 4, text: "\(printable(destination)): error: another run holds the lock\n")
      }
      throw .unwritable(error)
    }
  }

  // MARK: - Checking

  /// Loads a configuration, or all of a remap.config, with the new list in place of the old one.
  ///
  /// - Parameter version: The version of Traffic Server that it is for. Nil: the installed one.
  func check(
    _ configuration: String, directory: String?, for version: TrafficServerVersion?
  ) throws(InstallationFailure) {
    var isNamed = false
    func load(
      _ name: String, at path: String, _ directory: String?, for version: TrafficServerVersion?
    ) throws(InstallationFailure) {
      do throws(LoadFailure) {
        _ = try Policy.load(
          path: name, at: path, directory: directory, proxy: .trafficServer(version), now: now,
          listInPlaceOf: { path in
            guard InstalledFile.resolved(path) == file.path else { return nil }
            isNamed = true
            return (bytes, new)
          })
      } catch {
        throw .invalid((LoadFailure(ofRemapYAML: path) ?? error).diagnostics)
      }
    }
    if RuleSet.isConfiguration(configuration) {
      try load(configuration, at: configuration, directory, for: version)
    } else {
      let version = version ?? .installed
      let remap = RemapConfig.read(configuration, by: version ?? .v9_2, directory: directory)
      if remap.diagnostics.contains(where: { $0.severity == .error }) {
        throw .invalid(remap.diagnostics)
      }
      for instance in remap.instances {
        let name = instance.configuration
        try load(
          name, at: resolve(name, in: remap.directory), remap.directory, for: version)
      }
    }
    guard isNamed else {
      throw InstallationFailure(
        status: 1,
        text: printable("\(configuration): error: no ip_file names \(destination)") + "\n")
    }
  }

  /// - Parameter maxChange: In percent. Nil: any.
  func check(
    maxChange: Double?, minEntries: Int, allowsShort: Bool
  ) throws(InstallationFailure) {
    if hasShortPrefixes, !allowsShort {
      throw refusal("entries are larger than a /8, or a /16 of IPv6; --allow-short permits them")
    }
    if list.ranges.count < minEntries {
      throw refusal("\(list.ranges.count) entries are fewer than \(minEntries)")
    }
    guard let maxChange else { return }
    let (what, share) = change.largest
    if share * 100 > maxChange {
      throw refusal(
        "\(percentage(share)) of the \(what) would change, more than \(percentage(maxChange / 100))"
      )
    }
  }

  private func refusal(_ reason: String) -> InstallationFailure {
    let text = "\(new): error: refused: \(reason)\n\(report)\n\(destination) stays as it is"
    return InstallationFailure(status: 3, text: printableLines(text) + "\n")
  }

  // MARK: - Installing

  /// Installs the list. False: it is already installed.
  func install() throws(InstallationFailure) -> Bool {
    if oldBytes == bytes { return false }
    do throws(SystemFailure) {
      if isInPlace, oldBytes != nil {
        try file.overwrite(bytes)
      } else {
        try file.replace(bytes)
      }
    } catch {
      throw .unwritable(error)
    }
    return true
  }

  /// `blocked.conf: 12 entries, 1 expired`
  var heading: String { "\(destination): \(list.size)" }

  /// The heading with the change, then some entries.
  var report: String {
    let shares = change.sharesInWords
    let line =
      "\(heading); \(change.added.count) added, \(change.removed.count) removed"
      + (shares.isEmpty ? "" : " (\(shares))")
    return ([line] + change.examples).joined(separator: "\n")
  }
}
