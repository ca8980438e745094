import Files
import Foundation
import MaxMindACL
import Remap

/// The directory of a file that is written or read, held by a descriptor, so that nobody can exchange it meanwhile.
///
/// Anyone who can write in a directory can plant symbolic links there, which lead another user's tool to other files.
/// So names are followed one by one, and all work in the directory is relative to its descriptor:
///
/// - Where only root and the tool's user can write, links are followed.
/// - From the first directory of another user on, root acts as that user, and so reaches no other files.
/// - Where others can write too, the purpose decides.
final class HeldDirectory: Sendable {
  /// The use of the file.
  enum Purpose {
    /// It replaces a file that is read first: refused where others can write.
    case replace
    /// It is written without a look at the old file: no links where others can write.
    case write
    /// It is read: no links where others can write, if the user is root.
    case read
  }

  /// The directory, absolute and without links.
  let path: String
  /// The user that acts in it.
  let account: Account
  /// Whether users other than root and the account can write in it.
  let isShared: Bool
  private let descriptor: CInt

  /// Finds the directory of a file, and the file's name in it.
  static func holding(
    _ file: String, to purpose: Purpose
  ) throws(SystemFailure) -> (directory: HeldDirectory, name: String) {
    var walk = try DirectoryWalk(from: file, purpose)
    let name = try walk.follow(file)
    return (HeldDirectory(walk), name)
  }

  private init(_ walk: consuming DirectoryWalk) {
    path = walk.path
    account = walk.account
    isShared = walk.isShared
    descriptor = walk.takeDescriptor()
  }

  deinit {
    close(descriptor)
  }

  func path(of name: String) -> String { resolve(name, in: path) }

  /// Throws if files cannot be created in it.
  func checkWriting() throws(SystemFailure) {
    try check("cannot write in the directory \(path)") {
      unsafe faccessat(descriptor, ".", W_OK, AT_EACCESS)
    }
  }

  /// The status of a file. Does not follow links. Nil: there is no such name.
  func status(of name: String) throws(SystemFailure) -> stat? {
    var status = stat()
    let result = try account.call {
      unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW)
    }
    if result == 0 { return status }
    if errno == ENOENT { return nil }
    throw SystemFailure(action: "cannot examine \(path(of: name))", code: errno, as: account)
  }

  /// Opens a file; a link is an error.
  ///
  /// - Parameter other: The user that opens it in place of the account.
  func open(
    _ name: String, _ flags: CInt, mode: mode_t = 0, as other: Account? = nil
  ) throws(SystemFailure) -> CInt {
    let account = other ?? account
    let number = try account.call {
      unsafe openat(descriptor, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode)
    }
    if number >= 0 { return number }
    throw SystemFailure(action: "cannot open \(path(of: name))", code: errno, as: account)
  }

  /// Reads a regular file; a link is an error.
  func read(_ name: String, limit: Int) throws(FileError) -> [UInt8] {
    var result = Result<[UInt8], FileError>.success([])
    do throws(SystemFailure) {
      _ = try account.call {
        do throws(FileError) {
          let file = try FileContents.read(path: name, inDirectory: descriptor, limit: limit)
          result = .success(file.bytes)
        } catch {
          result = .failure(error)
        }
        return 0
      }
    } catch {
      throw FileError(.unreadable, error.message)
    }
    do throws(FileError) {
      return try result.get()
    } catch {
      let addition = account.isOwn ? "" : ", as the user \(account.name)"
      throw FileError(error.kind, error.message + addition)
    }
  }

  func rename(_ name: String, to other: String) throws(SystemFailure) {
    try check("cannot replace \(path(of: other))") {
      unsafe renameat(descriptor, name, descriptor, other)
    }
  }

  func remove(_ name: String) throws(SystemFailure) {
    try check("cannot remove \(path(of: name))") { unsafe unlinkat(descriptor, name, 0) }
  }

  func names() throws(SystemFailure) -> [String] {
    let number = try open(".", O_RDONLY | O_DIRECTORY)
    guard let stream = unsafe fdopendir(number) else {
      close(number)
      throw SystemFailure(action: "cannot read the directory \(path)", code: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      names.append(
        unsafe withUnsafePointer(to: &entry.pointee.d_name) {
          unsafe $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
            unsafe String(cString: $0)
          }
        })
    }
    return names
  }

  /// Waits until the names are on the disk.
  func sync() throws(SystemFailure) {
    let number = try open(".", O_RDONLY | O_DIRECTORY)
    defer { close(number) }
    try SystemFailure.check(fsync(number), "cannot write the directory \(path)")
  }

  private func check(_ action: String, _ body: () -> CInt) throws(SystemFailure) {
    if try account.call(body) != 0 {
      throw SystemFailure(action: action, code: errno, as: account)
    }
  }
}

/// The walk to a file, directory by directory.
private struct DirectoryWalk: ~Copyable {
  private(set) var path: String
  private(set) var account = Account.own
  /// Whether others can write in the directory, or can replace it.
  private(set) var isShared = false
  /// Whether others can replace the current directory, even if it is not theirs.
  private var isExchangeable = false
  private var descriptor: CInt = -1
  private let purpose: HeldDirectory.Purpose
  /// How many more links may be followed, at first as many as Linux follows.
  private var links = 40

  /// Linux's `O_PATH`, which needs no permission to read the directory.
  private static let namesOnly: CInt = 0o10000000

  init(from file: String, _ purpose: HeldDirectory.Purpose) throws(SystemFailure) {
    self.purpose = purpose
    path = "/"
    if file.hasPrefix("/") {
      try enter("/", as: "/")
    } else {
      try enter(".", as: canonicalName("."))
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  mutating func takeDescriptor() -> CInt {
    defer { descriptor = -1 }
    return descriptor
  }

  /// Goes to the directory of a file. Returns the file's name there.
  mutating func follow(_ file: String) throws(SystemFailure) -> String {
    var rest = Self.components(file)
    while let component = rest.popLast() {
      if component == "." { continue }
      if component == ".." {
        try enter("..", as: containingDirectory(of: path))
      } else if let target = try linkTarget(component) {
        rest += Self.components(target)
        if target.hasPrefix("/") { try enter("/", as: "/") }
      } else if rest.isEmpty {
        if isShared, purpose == .replace {
          throw refusal("others can write in the directory \(path)")
        }
        return component
      } else {
        try enter(component, as: resolve(component, in: path))
      }
    }
    throw SystemFailure(
      action: file, reason: "cannot be read: is a directory, a regular file is needed")
  }

  /// The last first.
  private static func components(_ path: String) -> [String] {
    path.split(separator: "/").reversed().map(String.init)
  }

  private mutating func enter(_ name: String, as path: String) throws(SystemFailure) {
    let (from, flags) = (descriptor, Self.namesOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    let next = try account.call { unsafe openat(from < 0 ? AT_FDCWD : from, name, flags) }
    guard next >= 0 else {
      throw SystemFailure(action: "cannot open the directory \(path)", code: errno, as: account)
    }
    if descriptor >= 0 { close(descriptor) }
    descriptor = next
    self.path = path
    try judge()
  }

  /// Finds out who can write in the directory.
  private mutating func judge() throws(SystemFailure) {
    var status = stat()
    try SystemFailure.check(unsafe fstat(descriptor, &status), "cannot examine \(path)")
    if status.st_uid != account.user, status.st_uid != 0, account.user == 0 {
      account = Account(user: status.st_uid)
    }
    let isForeign = status.st_uid != account.user && status.st_uid != 0
    if isForeign, purpose == .replace {
      let owner = Account(user: status.st_uid).name
      throw refusal(
        "the directory \(path) belongs to the user \(owner); run it as that user or as root")
    }
    var others = status.st_mode & (S_IWGRP | S_IWOTH)
    if others == S_IWGRP, account.isPrivate(status.st_gid) { others = 0 }
    isShared = isExchangeable || isForeign || others != 0
    // In a directory like /tmp, nobody can rename another user's files.
    isExchangeable = isExchangeable || isForeign || (others != 0 && status.st_mode & S_ISVTX == 0)
    if isExchangeable, purpose == .replace {
      throw refusal("others can write in the directory \(path)")
    }
  }

  private func refusal(_ reason: String) -> SystemFailure {
    SystemFailure(action: "not safe for the user \(account.name)", reason: reason)
  }

  /// The target of a symbolic link that may be followed. Nil: the name is not a link.
  private mutating func linkTarget(_ name: String) throws(SystemFailure) -> String? {
    let descriptor = descriptor
    var target: String?
    _ = try account.call {
      target = maxmind_acl.linkTarget(name, in: descriptor)
      return 0
    }
    guard let target else { return nil }
    if isShared, purpose != .read || account.user == 0 {
      throw refusal(
        "\(resolve(name, in: path)) is a symbolic link, and others can write in its directory")
    }
    links -= 1
    if links < 0 { throw SystemFailure(action: "cannot open \(path)", code: ELOOP) }
    return target
  }
}
