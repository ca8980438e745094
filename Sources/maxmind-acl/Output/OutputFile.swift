import ArgumentParser
import Foundation
import MaxMindACL
import RuleTests
import TrafficReplay

/// An output file. It may replace an older file of its kind, and nothing else.
struct OutputFile {
  /// The kind of file that an option writes.
  enum Kind {
    case report, junit, export

    /// The name of the kind for a person.
    var name: String {
      switch self {
      case .report: "report of maxmind-acl"
      case .junit: "JUnit file of maxmind-acl"
      case .export: "file of maxmind-acl export"
      }
    }

    fileprivate func isOne(_ beginning: String) -> Bool {
      switch self {
      case .report: isReport(beginning)
      case .junit: JUnitReport.isJUnit(beginning)
      case .export: Export.isExport(beginning)
      }
    }
  }

  /// The option for the file: `--report`.
  var option: String
  var path: String
  var kind: Kind

  /// Ends the command with 1 if the file must not or cannot be written.
  ///
  /// If the value of an option is forgotten, the next word of the command line, such as a log, becomes the file's name.
  ///
  /// - Parameter inputs: The files that the command reads.
  func check(inputs: [String]) throws(ExitCode) {
    guard let reason = refusal(inputs: inputs) else { return }
    standardError.write("\(path): error: \(reason)\n")
    throw ExitCode(1)
  }

  private func refusal(inputs: [String]) -> String? {
    let file: WrittenFile
    do throws(SystemFailure) {
      // Before hours of work, not after them.
      file = try WrittenFile(path)
    } catch {
      return "cannot be written: \(error.reason)"
    }
    guard let status = file.status, status.st_mode & S_IFMT == S_IFREG else { return nil }
    if inputs.contains(where: { isOneFile($0, path) }) {
      return "is an input, so \(option) cannot write it; name another file"
    }
    guard status.st_size > 0, !kind.isOne(file.beginning) else { return nil }
    return "exists and is not a \(kind.name), so \(option) does not replace it; name another file, "
      + "or remove this one"
  }
}
