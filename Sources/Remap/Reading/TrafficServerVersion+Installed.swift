import Foundation

extension TrafficServerVersion {
  /// The version of the `traffic_server` in `PATH`. Nil: there is none, or it does not print its version.
  ///
  /// Runs the program once in a process, for at most two seconds.
  package static let installed = installed(path: ProcessInfo.processInfo.environment["PATH"] ?? "")

  /// The version of the first `traffic_server` in some directories.
  ///
  /// - Parameters:
  ///   - path: Absolute directories with `:` between them. Others do not count.
  ///   - limit: The program is killed after this time.
  static func installed(
    path: String, limit: Duration = .seconds(2)
  ) -> TrafficServerVersion? {
    let programs = path.split(separator: ":").filter { $0.hasPrefix("/") }
      .map { "\($0)/traffic_server" }
    guard let program = programs.first(where: FileManager.default.isExecutableFile),
      let line = firstLine(of: program, limit: limit)
    else { return nil }
    return TrafficServerVersion(line)
  }

  /// The version in the line that `traffic_server --version` prints first: `Traffic Server 9.2.9 Apr  4 2026 …`.
  private init?(_ line: String) {
    let name = "Traffic Server "
    guard line.hasPrefix(name), let major = Int(line.dropFirst(name.count).prefix { $0 != "." })
    else { return nil }
    self = major < 10 ? .v9_2 : .v10_2
  }

  /// The first line that `program --version` prints. Nil: none in time.
  private static func firstLine(of program: String, limit: Duration) -> String? {
    let end = ContinuousClock.now + limit
    var ends: [CInt] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (output, input) = (ends[0], ends[1])
    defer { close(output) }
    let process = start(program, output: input)
    // Without the other end here, the output ends with the program.
    close(input)
    guard let process else { return nil }
    defer {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    var bytes: [UInt8] = []
    while !bytes.contains(10) {
      guard bytes.count < 1_024, let next = chunk(output, before: end) else { return nil }
      bytes += next
    }
    return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
  }

  /// Starts `program --version` with a descriptor for its output. `Process` of Foundation misses the end of a program
  /// that ends at once, and then waits without an end.
  private static func start(_ program: String, output: CInt) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, mode) in [(STDIN_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)] {
      _ = unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
    }
    _ = unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    var process: pid_t = 0
    let status = unsafe program.withCString { name in
      unsafe "--version".withCString { option in
        var arguments = unsafe [
          UnsafeMutablePointer(mutating: name), UnsafeMutablePointer(mutating: option), nil,
        ]
        return unsafe posix_spawn(&process, program, &actions, nil, &arguments, environ)
      }
    }
    return status == 0 ? process : nil
  }

  /// The next bytes of a pipe. Nil: none came before a time.
  private static func chunk(_ descriptor: CInt, before end: ContinuousClock.Instant) -> [UInt8]? {
    let left = max(.zero, ContinuousClock.now.duration(to: end)).components
    var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let milliseconds = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
    guard unsafe poll(&event, 1, CInt(truncatingIfNeeded: milliseconds)) == 1 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }
}
