import ArgumentParser
import Foundation

/// Writes a file that was asked for; false, and said, where that cannot be done.
func writeFile(_ text: String, to path: String) -> Bool {
  do {
    // A file is replaced when its text is complete. What is no file, such as /dev/stdout, is written to.
    var status = stat()
    let isFile = unsafe stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: isFile ? .atomic : [])
    return true
  } catch {
    standardError.write("\(path): error: cannot be written: \(reason(of: error))\n")
    return false
  }
}

/// Writes a page; ends the command with 1 where that cannot be done.
func writeReport(_ page: String, to path: String) throws(ExitCode) {
  guard writeFile(page, to: path) else { throw ExitCode(1) }
}

/// What the system says of a failed read or write.
func reason(of error: any Error) -> String {
  guard let code = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue else {
    return error.localizedDescription
  }
  return unsafe String(cString: strerror(code))
}
