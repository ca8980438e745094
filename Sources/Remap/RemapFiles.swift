import Files
import Foundation

/// The files of a remap.config in the file system.
enum RemapFiles {
  /// The files with a name: the file itself, or the files of the directory in the order of their bytes.
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

/// The canonical name of a file: absolute, without symbolic links.
package func canonicalName(_ path: String) -> String {
  URL(fileURLWithPath: path).resolvingSymlinksInPath().path
}
