import Files
import Foundation
import MaxMindACL
import Remap
import Text

/// Why a file was not installed.
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

/// A configuration that has to load with a new file: one file, or one of a remap.config.
struct ConfigurationSource {
  /// The file in the operator's spelling.
  var name: String
  /// The file, relative to the current directory.
  var path: String
  /// The directory for relative names in it. Nil: its own.
  var directory: String?
  var proxy: Proxy

  /// The configuration of a file, or all of a remap.config, each once.
  ///
  /// - Parameter version: The version of Traffic Server that they are for. Nil: the installed one.
  static func all(
    of file: String, directory: String?, _ version: TrafficServerVersion?
  ) throws(InstallationFailure) -> [ConfigurationSource] {
    if RuleSet.isConfiguration(file) {
      return [
        ConfigurationSource(
          name: file, path: file, directory: directory, proxy: .trafficServer(version))
      ]
    }
    let version = version ?? .installed
    let remap = RemapConfig.read(file, by: version ?? .v9_2, directory: directory)
    if remap.diagnostics.contains(where: { $0.severity == .error }) {
      throw .invalid(remap.diagnostics)
    }
    var known: Set<String> = []
    return remap.instances.compactMap { instance in
      let name = instance.configuration
      let path = resolve(name, in: remap.directory)
      guard known.insert(canonicalName(path)).inserted else { return nil }
      return ConfigurationSource(
        name: name, path: path, directory: remap.directory,
        proxy: .trafficServer(version))
    }
  }

  /// Calls a function that loads it.
  func load(
    _ body: (ConfigurationSource) throws(LoadFailure) -> Policy
  ) throws(InstallationFailure) -> Policy {
    do throws(LoadFailure) {
      return try body(self)
    } catch {
      throw .invalid((LoadFailure(ofRemapYAML: path) ?? error).diagnostics)
    }
  }
}

/// Reads a new file. Follows no links where others could have planted them.
func readNew(_ path: String, limit: Int) throws(InstallationFailure) -> [UInt8] {
  let (directory, name): (HeldDirectory, String)
  do throws(SystemFailure) {
    (directory, name) = try HeldDirectory.holding(path, to: .read)
  } catch {
    throw .unreadable(path, error.message)
  }
  do throws(FileError) {
    return try directory.read(name, limit: limit)
  } catch {
    throw .unreadable(path, error.message)
  }
}

extension InstallationFailure {
  static func unreadable(_ path: String, _ reason: String) -> InstallationFailure {
    InstallationFailure(
      status: 2, text: "\(printable("\(path): error: cannot be read: \(reason)"))\n")
  }
}

extension InstalledFile {
  /// Waits for other runs, and undoes one that was cut short.
  static func locked(_ destination: String) throws(InstallationFailure) -> InstalledFile {
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

  /// Nil: the file does not exist.
  func content(limit: Int) throws(InstallationFailure) -> [UInt8]? {
    do throws(FileError) {
      return try read(limit: limit)
    } catch {
      if error.kind == .missing { return nil }
      throw .unreadable(path, error.message)
    }
  }

  /// Warns if the proxy cannot read the file.
  ///
  /// - Parameters:
  ///   - name: The file in the operator's spelling.
  ///   - directories: The directories of the configurations; empty: the file's own.
  func warnOfUnreadable(_ name: String, by directories: [String]) {
    var warned: Set<String> = []
    let all = directories.isEmpty ? [containingDirectory(of: path)] : directories
    for account in all.map(ProxyAccount.reading) where warned.insert(account.name).inserted {
      do throws(FileError) {
        try account.checkReading(path)
      } catch {
        standardError.write(printable("\(name): warning: \(error.message)") + "\n")
      }
    }
  }
}
