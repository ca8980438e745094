import Files
import Foundation
import Remap

/// A user of the system, and its rights to files.
struct Account: Sendable {
  let name: String
  let user: uid_t
  let group: gid_t
  /// The other groups.
  let groups: [gid_t]

  /// The user of this process.
  static var own: Account {
    let user = geteuid()
    let name = unsafe getpwuid(user).map { unsafe String(cString: $0.pointee.pw_name) }
    let count = max(0, getgroups(0, nil))
    var groups = [gid_t](repeating: 0, count: Int(count))
    let filled = unsafe getgroups(count, &groups)
    return Account(
      name: name ?? "#\(user)", user: user, group: getegid(),
      groups: Array(groups.prefix(Int(max(0, filled)))))
  }

  /// A user by number. An unknown one has no group but nogroup.
  init(user: uid_t) {
    guard let entry = unsafe getpwuid(user) else {
      self.init(name: "#\(user)", user: user, group: 65534, groups: [])
      return
    }
    unsafe self.init(entry)
  }

  /// A user by name, or by number as Traffic Server writes it: `#1001`. Nil: there is none.
  init?(named name: String) {
    if name.hasPrefix("#") {
      guard let number = uid_t(name.dropFirst()), number < .max else { return nil }
      self.init(user: number)
    } else if let entry = unsafe getpwnam(name) {
      unsafe self.init(entry)
    } else {
      return nil
    }
  }

  private init(_ entry: UnsafePointer<passwd>) {
    let group = unsafe entry.pointee.pw_gid
    var count: CInt = 64
    var groups: [gid_t] = []
    repeat {
      groups = [gid_t](repeating: 0, count: Int(count))
    } while unsafe getgrouplist(entry.pointee.pw_name, group, &groups, &count) < 0
    unsafe self.init(
      name: String(cString: entry.pointee.pw_name), user: entry.pointee.pw_uid, group: group,
      groups: Array(groups.prefix(Int(count))))
  }

  private init(name: String, user: uid_t, group: gid_t, groups: [gid_t]) {
    self.name = name
    self.user = user
    self.group = group
    self.groups = groups
  }

  var isOwn: Bool { user == geteuid() }

  /// Whether a group belongs to this user alone: the primary one, of the same name, without other members.
  func isPrivate(_ number: gid_t) -> Bool {
    guard number == group, let entry = unsafe getgrgid(number),
      unsafe String(cString: entry.pointee.gr_name) == name
    else { return false }
    var member = unsafe entry.pointee.gr_mem
    while let other = unsafe member?.pointee {
      if unsafe String(cString: other) != name { return false }
      unsafe member = member?.advanced(by: 1)
    }
    return true
  }

  /// Makes a system call with the rights of this user, which only root can take. Returns its result and sets `errno`.
  func call(_ body: () -> CInt) throws(SystemFailure) -> CInt {
    if isOwn { return body() }
    let before = Account.own
    defer {
      let code = errno
      // For a process of root, nothing here can fail. If it did, the process would go on with fewer rights.
      _ = seteuid(before.user)
      before.takeGroups()
      errno = code
    }
    guard takeGroups(), seteuid(user) == 0 else {
      throw SystemFailure(action: "cannot act as the user \(name)", code: errno)
    }
    return body()
  }

  @discardableResult private func takeGroups() -> Bool {
    unsafe setgroups(groups.count, groups) == 0 && setegid(group) == 0
  }
}

// MARK: - Reading files

extension Account {
  /// Throws if this user cannot read a file or list a directory that exists.
  ///
  /// Root asks the kernel as that user. Other users compare modes, and find no error if the modes do not decide.
  func checkReading(_ path: String) throws(FileError) {
    if user == 0 || isOwn || fileStatus(path) == nil { return }
    let isDenied: Bool
    if geteuid() == 0 {
      do throws(SystemFailure) {
        isDenied =
          try call {
            let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
            if number >= 0 { return close(number) }
            return errno == EACCES ? -1 : 0
          } != 0
      } catch {
        throw FileError(.unreadable, error.message)
      }
    } else {
      isDenied = isDeniedByModes(path)
    }
    if isDenied {
      throw FileError(.unreadable, "the user \(name) has no permission to read it")
    }
  }

  private func isDeniedByModes(_ path: String) -> Bool {
    var path = canonicalName(path)
    if denies(path, S_IROTH) { return true }
    while path != "/" {
      path = containingDirectory(of: path)
      if denies(path, S_IXOTH) { return true }
    }
    return false
  }

  /// - Parameter bit: The permission, as a mode has it for others.
  private func denies(_ path: String, _ bit: mode_t) -> Bool {
    guard let status = fileStatus(path), !hasAccessList(path) else { return false }
    if status.st_uid == user { return status.st_mode & bit << 6 == 0 }
    if ([group] + groups).contains(status.st_gid) { return status.st_mode & bit << 3 == 0 }
    return status.st_mode & bit == 0
  }

  private func hasAccessList(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let extended = attributes?[FileAttributeKey("NSFileExtendedAttributes")] as? [String: Any]
    return extended?["system.posix_acl_access"] != nil
  }
}
