import ArgumentParser
import Foundation
import NginxImport
import Text

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes configurations of an nginx configuration.",
    discussion: """
      Reads FILE, an nginx.conf, and writes a configuration for each server that denies clients, with \
      list files for long lists of addresses. It reads geoip2, geoip_country, geo, map, set, if with \
      return, allow, deny, limit_except, location and the real_ip directives. Directives that decide \
      who gets through and have no counterpart are printed with their place, and are left out.

      FILE is parsed by crossplane, a program of PyPI. On a machine without it, FILE is the output of \
      crossplane parse; - is standard input. Read the files before you use them, and check them.

      EXAMPLES
        maxmind-acl import /etc/nginx/nginx.conf --output imported
        crossplane parse nginx.conf | maxmind-acl import -

      EXIT STATUS
        0  all rules were imported
        1  some rules were not imported, and are named
        2  something cannot be read or written
        64 the command line is wrong
      """)

  @Argument(help: "An nginx.conf, or the output of crossplane parse.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "Write the files into this directory. Default: print them.", valueName: "directory"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A MaxMind DB file, in place of the files of geoip2.", valueName: "name"))
  var database: String?

  func run() throws {
    let directives: [NginxDirective]
    do throws(NginxReadingError) {
      directives = try NginxDirective.read(crossplane: try parsed())
    } catch {
      let place = error.place.map { "\($0)" } ?? file
      standardError.write(printable("\(place): error: \(error.message)") + "\n")
      throw ExitCode(2)
    }
    let result = NginxImport(directives, database: database)
    try write(result.files)
    for note in result.notes { standardError.write(printable("\(note)") + "\n") }
    if result.files.isEmpty, result.notes.isEmpty {
      standardError.write(printable("\(file): no server denies clients") + "\n")
    }
    if !result.notes.isEmpty { throw ExitCode(1) }
  }

  private func write(_ files: [NginxImport.File]) throws {
    guard let output else {
      for (number, file) in files.enumerated() {
        try standardOutput.print((number > 0 ? "\n" : "") + "# \(file.name): \(file.summary)")
        try standardOutput.write(Array(file.text.utf8))
      }
      return
    }
    do {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    } catch {
      standardError.write(printable("\(output): error: cannot be created") + "\n")
      throw ExitCode(2)
    }
    let paths = files.map { "\(output)/\($0.name)" }
    for path in paths where FileManager.default.fileExists(atPath: path) {
      standardError.write(
        printable("\(path): error: exists; remove it, or name another directory") + "\n")
      throw ExitCode(2)
    }
    for (file, path) in zip(files, paths) {
      guard writeFile(file.text, to: path) else { throw ExitCode(2) }
      try standardOutput.print(printable("\(path): \(file.summary)"))
    }
  }

  // MARK: - crossplane

  /// The output of `crossplane parse` for the file.
  private func parsed() throws(NginxReadingError) -> [UInt8] {
    let data =
      file == "-"
      ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
    guard let data else { throw NginxReadingError(message: "cannot be read") }
    // The output of crossplane is an object. No directive begins so.
    let isParsed = data.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
    if isParsed || file == "-" { return Array(data) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["crossplane", "parse", "--", file]
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    guard (try? process.run()) != nil else {
      throw NginxReadingError(message: "crossplane cannot be started")
    }
    // crossplane writes at most a few lines of errors, so the second pipe does not fill up.
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw NginxReadingError(
        message:
          "crossplane is needed to read it: pipx install crossplane; or run crossplane parse "
          + "\(file) elsewhere, and import its output")
    }
    if process.terminationStatus != 0 {
      let last = String(decoding: message, as: UTF8.self).split(separator: "\n").last
      throw NginxReadingError(message: "crossplane: \(last ?? "it failed")")
    }
    return Array(text)
  }
}
