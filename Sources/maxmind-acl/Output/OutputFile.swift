import ArgumentParser
import Foundation
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
    let file: WrittenFile
    do throws(SystemFailure) {
      // Reported before hours of work, not after them.
      file = try WrittenFile(path)
    } catch {
      return "cannot be written: \(error.reason)"
    }
    guard let status = file.status, status.st_mode & S_IFMT == S_IFREG else { return nil }
    if inputs.contains(where: { isOneFile($0, path) }) {
      return "is read, so \(option) cannot write it; name another file"
    }
    guard status.st_size > 0, !kind.isOne(file.beginning) else { return nil }
    return "is there and no \(kind.name), so \(option) does not replace it; name another file, "
      + "or remove this one"
  }
}
