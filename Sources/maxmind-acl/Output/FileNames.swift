import Foundation
import MaxMindACL

/// The open stream with a name: `/dev/stdout`, `/dev/fd/3`. Nil: it is the name of a file.
func streamDescriptor(_ path: String) -> CInt? {
  switch path {
  case "/dev/stdout": return STDOUT_FILENO
  case "/dev/stderr": return STDERR_FILENO
  default:
    let directory = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
    return directory.flatMap { CInt(path.dropFirst($0.count)) }
  }
}

/// The target of a symbolic link, whether it exists or not. Any other name is returned as it is.
func followed(_ path: String) -> String {
  var path = path
  // As many links as Linux follows.
  for _ in 0..<40 {
    guard let target = linkTarget(path) else { break }
    path = target.hasPrefix("/") ? target : "\(containingDirectory(of: path))/\(target)"
  }
  return path
}

/// The text of a symbolic link. Nil: the path is not a link.
///
/// - Parameter directory: A descriptor of the directory that the path is relative to.
func linkTarget(_ path: String, in directory: CInt = AT_FDCWD) -> String? {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { room in
    guard let start = room.baseAddress else { return nil }
    let count = unsafe readlinkat(directory, path, start, room.count)
    guard count > 0 else { return nil }
    return unsafe room.prefix(count).withMemoryRebound(to: UInt8.self) {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }
}

/// The directory part of a path; `.`: it has none.
func containingDirectory(of path: String) -> String {
  let directory = parent(of: path)
  return directory.isEmpty ? "." : directory
}

/// The last part of a path; `.`: it has none.
func lastComponent(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? "."
}

/// The status of a file, links followed. Nil: there is none.
func fileStatus(_ path: String) -> stat? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status : nil
}

/// Whether two names are of the same existing file.
func isOneFile(_ path: String, _ other: String) -> Bool {
  guard let status = fileStatus(path), let otherStatus = fileStatus(other) else { return false }
  return status.st_ino == otherStatus.st_ino && status.st_dev == otherStatus.st_dev
}
