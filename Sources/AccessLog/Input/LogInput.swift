import Files
import Glibc
import Synchronization

/// The lines of some log files, in blocks that several threads take turns to fetch.
package final class LogInput: Sendable {
  /// How far the reading is.
  package struct Progress: Hashable, Sendable {
    /// How many bytes were read of the files as they are stored: compressed ones where they are compressed.
    package var bytesRead: Int
    /// The sizes of all files together; nil where one of them is no regular file.
    package var bytesTotal: Int?
  }

  /// The files, as the operator named them; `-` is standard input.
  package let files: [String]

  /// What ended a file before its end, one sentence each; complete when `next` has returned false.
  ///
  /// A file that is missing, a directory, not readable, or a regular file of no known format is among them from
  /// the start.
  package var failures: [String] {
    let late = reader.withLock { $0.failures }
    return (early + late).sorted { $0.file < $1.file }.map(\.text)
  }

  /// The format of each file: its name, or the pattern that the operator gave; nil where no line of the file was
  /// read. Complete when `next` has returned false.
  package var formats: [String?] {
    let names = reader.withLock { $0.formatNames }
    return files.indices.map { names[$0] }
  }

  /// How far the reading is; any thread may ask while others read.
  package var progress: Progress {
    Progress(bytesRead: bytesRead.load(ordering: .relaxed), bytesTotal: bytesTotal)
  }

  private let prefix: BlockPrefix
  private let early: [BlockReader.Failure]
  private let bytesTotal: Int?
  private let bytesRead = Atomic<Int>(0)
  private let reader: Locked<BlockReader>
  private let acceptsTargets: Bool

  /// Takes files to read, one after the other.
  ///
  /// Each regular file is opened, and up to 1 MiB of its lines read and its format looked for, so that what cannot be
  /// read at all is known before anything is counted: some milliseconds a file, and none stays open. `next` opens it
  /// again.
  ///
  /// - Parameters:
  ///   - files: The files in the order in which they are read; `-` is standard input.
  ///   - format: How the lines are written; nil to find out for each file from its first lines.
  ///   - baseURL: What scheme, host and port requests have whose line does not say them.
  ///   - acceptsTargets: Whether requests may have no host.
  package init(
    files: [String], format: LogFormat? = nil, baseURL: BaseURL? = nil,
    acceptsTargets: Bool = true
  ) {
    self.files = files
    let prefix = BlockPrefix(baseURL)
    self.prefix = prefix
    self.acceptsTargets = acceptsTargets
    let settings = BlockReader.Settings(
      format: format, prefix: prefix, acceptsTargets: acceptsTargets)
    var early: [BlockReader.Failure] = []
    var total: Int? = 0
    var block = LogBlock()
    for (index, file) in files.enumerated() {
      do throws(LogReadError) {
        let size = try LogFile.sizeWithoutOpening(path: file)
        total = size.flatMap { size in total.map { $0 + size } }
        // What is no regular file can be read only once.
        guard size != nil, file != "-" else { continue }
        if let message = BlockReader.failure(of: file, settings, &block) {
          throw LogReadError(message: message)
        }
      } catch {
        early.append(BlockReader.Failure(file: index, text: error.described(file: file)))
      }
    }
    self.early = early
    bytesTotal = total
    let reader = BlockReader(files: files, skipping: Set(early.map(\.file)), settings)
    self.reader = Locked(reader)
  }

  /// Fills a block with the next lines and finds the requests in them; false at the end of the last file.
  ///
  /// Any thread may call, any number at once, each with its own block. Reading is done by one at a time, finding
  /// the requests by all of them at once.
  package func next(_ block: inout LogBlock) -> Bool {
    let filled = reader.withLock { reader in
      let filled = reader.fill(&block)
      bytesRead.store(reader.position, ordering: .relaxed)
      return filled
    }
    guard let filled else { return false }
    block.parse(
      lines: filled.lines, format: filled.format, base: prefix.base,
      acceptsTargets: acceptsTargets, isCut: filled.isCut)
    return true
  }
}
