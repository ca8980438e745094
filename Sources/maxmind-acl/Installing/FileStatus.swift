import Foundation

/// What the system says of a file, links followed; nil if there is none.
func fileStatus(_ path: String) -> stat? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status : nil
}

/// Whether two names are of one file that is there.
func isOneFile(_ path: String, _ other: String) -> Bool {
  guard let status = fileStatus(path), let otherStatus = fileStatus(other) else { return false }
  return status.st_ino == otherStatus.st_ino && status.st_dev == otherStatus.st_dev
}
