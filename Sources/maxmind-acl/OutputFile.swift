import ArgumentParser
import Foundation
import GeoDatabase
import MaxMindACL
import RuleTests
import TrafficReplay

/// A file that was asked for, which may take the place of an older one of its kind and of nothing else.
struct OutputFile {
  /// What an option writes.
  enum Kind {
    case report, junit

    /// What the file is to a person.
    var name: String {
      switch self {
      case .report: "report of maxmind-acl"
      case .junit: "JUnit file of maxmind-acl"
      }
    }

    fileprivate func isOne(_ beginning: String) -> Bool {
      switch self {
      case .report: isReport(beginning)
      case .junit: JUnitReport.isJUnit(beginning)
      }
    }
  }

  /// The option that names it: `--report`.
  var option: String
  var path: String
  var kind: Kind

  /// Ends the command with 1 where the file must not or cannot be written.
  ///
  /// A value that was forgotten makes the next word of the command line, such as a log, the name of the file.
  ///
  /// - Parameter inputs: The files that the command line names to be read.
  func check(inputs: [String]) throws(ExitCode) {
    guard let reason = refusal(inputs: inputs) else { return }
    standardError.write("\(path): error: \(reason)\n")
    throw ExitCode(1)
  }

  private func refusal(inputs: [String]) -> String? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      // Said before hours of work, not after them.
      let directory = containingDirectory(of: followed(path))
      return unsafe access(directory, W_OK) == 0
        ? nil : "cannot be written: \(systemMessage(errno))"
    }
    guard status.st_mode & S_IFMT == S_IFREG, !isDevice(path) else { return nil }
    let isInput = inputs.contains { input in
      var other = stat()
      return unsafe stat(input, &other) == 0
        && other.st_dev == status.st_dev && other.st_ino == status.st_ino
    }
    if isInput { return "is read, so \(option) cannot write it; name another file" }
    guard status.st_size > 0, !kind.isOne(beginning) else { return nil }
    return "is there and no \(kind.name), so \(option) does not replace it; name another file, "
      + "or remove this one"
  }

  /// The first bytes of the file, invalid UTF-8 repaired; empty where it cannot be read.
  private var beginning: String {
    guard let file = FileHandle(forReadingAtPath: path) else { return "" }
    return String(decoding: (try? file.read(upToCount: 1024)) ?? Data(), as: UTF8.self)
  }
}

/// Whether a name is one of an open stream rather than of a file: /dev/stdout.
func isDevice(_ path: String) -> Bool { path.hasPrefix("/dev/") || path.hasPrefix("/proc/") }

/// The file that a name stands for where it is a symbolic link, whether that file is there or not.
func followed(_ path: String) -> String {
  var path = path
  // As many links as Linux follows.
  for _ in 0..<40 {
    guard let target = linkTarget(path) else { break }
    path = target.hasPrefix("/") ? target : "\(containingDirectory(of: path))/\(target)"
  }
  return path
}

/// What a symbolic link says; nil where the path is none.
private func linkTarget(_ path: String) -> String? {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { room in
    guard let start = room.baseAddress else { return nil }
    let count = unsafe readlink(path, start, room.count)
    guard count > 0 else { return nil }
    return unsafe room.prefix(count).withMemoryRebound(to: UInt8.self) {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }
}

/// The directory that a path names something in; `.` where it names none.
func containingDirectory(of path: String) -> String {
  let directory = parent(of: path)
  return directory.isEmpty ? "." : directory
}
