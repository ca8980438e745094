import Foundation

/// The files that a remap.config consists of, as the operating system has them.
enum RemapFiles {
  /// The bytes of a file; nil if it cannot be read.
  static func bytes(of file: String) -> [UInt8]? {
    FileManager.default.contents(atPath: file).map { Array($0) }
  }

  /// Why a file that could not be read could not.
  static func obstacle(to file: String) -> String {
    if isDirectory(file) { return "it is a directory" }
    return FileManager.default.fileExists(atPath: file) ? "no permission" : "no such file"
  }

  /// Whether the name is that of a directory.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The file that a name stands for, or the files of the directory in the order of their bytes.
  static func files(named path: String) -> [String] {
    guard isDirectory(path) else { return [path] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { "\(path)/\($0)" }.filter { !isDirectory($0) }
  }

  /// The directory that a file is in.
  static func directory(of file: String) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().path
  }

  /// One name for a file, however it is written.
  static func resolved(_ name: String, in directory: String?) -> String {
    let path = name.hasPrefix("/") ? name : "\(directory.map { "\($0)/" } ?? "")\(name)"
    return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }
}
