import Files
import Foundation
import MaxMindACL
import Remap
import Text

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
    let bytes = try readNew(new, limit: AddressList.maximumSize)
    let use = AddressList.Use(value: value)
    let (list, diagnostics) = AddressList.read(bytes, file: new, for: use, now: now)
    if diagnostics.contains(where: { $0.severity == .error }) { throw .invalid(diagnostics) }
    for warning in diagnostics {
      standardError.write(Terminal.standardError.rendered(warning) + "\n")
    }
    let file = try InstalledFile.locked(destination)
    let oldBytes = try file.content(limit: AddressList.maximumSize)
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

  // MARK: - Checking

  /// Loads a configuration, or all of a remap.config, with the new list in place of the old one.
  ///
  /// - Parameter version: The version of Traffic Server that it is for. Nil: the installed one.
  func check(
    _ configuration: String, directory: String?, for version: TrafficServerVersion?
  ) throws(InstallationFailure) {
    var isNamed = false
    for source in try ConfigurationSource.all(of: configuration, directory: directory, version) {
      _ = try source.load { (place) throws(LoadFailure) in
        try Policy.load(
          path: place.name, at: place.path, directory: place.directory, proxy: place.proxy,
          now: now,
          listInPlaceOf: { path in
            guard InstalledFile.resolved(path) == file.path else { return nil }
            isNamed = true
            return (bytes, new)
          })
      }
    }
    guard isNamed else {
      throw InstallationFailure(
        status: 1,
        text: printable("\(configuration): error: no ip_file or trusted_file names \(destination)")
          + "\n")
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
