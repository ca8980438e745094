import Files
import Foundation

/// The files that a remap.config consists of, as the operating system has them.
enum RemapFiles {
  /// The files that a name stands for: itself, or those of the directory in the order of their bytes.
  static func files(named path: String) throws(FileError) -> [String] {
    guard isDirectory(path) else { return [path] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw FileError(.unreadable, "cannot list the directory: \(error.localizedDescription)")
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { "\(path)/\($0)" }.filter { !isDirectory($0) }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

/// The one name of a file, however it is written: absolute, without symbolic links.
package func canonicalName(_ path: String) -> String {
  URL(fileURLWithPath: path).resolvingSymlinksInPath().path
}
