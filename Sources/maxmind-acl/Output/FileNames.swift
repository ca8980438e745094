import Foundation
import MaxMindACL

/// The open stream that a name stands for: `/dev/stdout`, `/dev/fd/3`. Nil: it is the name of a file.
func streamDescriptor(_ path: String) -> CInt? {
  switch path {
  case "/dev/stdout": return STDOUT_FILENO
  case "/dev/stderr": return STDERR_FILENO
  default:
    let directory = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
    return directory.flatMap { CInt(path.dropFirst($0.count)) }
  }
}

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

/// The directory that a path names something in; `.` where it names none.
func containingDirectory(of path: String) -> String {
  let directory = parent(of: path)
  return directory.isEmpty ? "." : directory
}

/// What a path names in its directory; `.` where it names nothing.
func lastComponent(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? "."
}
