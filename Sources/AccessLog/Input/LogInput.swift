import Files
import Platform
import Synchronization

/// Reads log files in blocks. Several threads may fetch blocks.
package final class LogInput: Sendable {
  /// The progress of the reading.
  package struct Progress: Hashable, Sendable {
    /// How many bytes were read of the files as stored, compressed or not.
    package var bytesRead: Int
    /// The size of all files. Nil: one of them is not a regular file.
    package var bytesTotal: Int?
  }

  /// The files, as the operator named them; `-` is standard input.
  package let files: [String]

  /// The errors that ended files early, one sentence each. Complete after `next` has returned false.
  ///
  /// Files that are missing, unreadable or directories, and regular files of unknown format, are in it from the start.
  package var failures: [String] {
    let late = reader.withLock { $0.failures }
    return (early + late).sorted { $0.file < $1.file }.map(\.text)
  }

  /// The format of each file: its name, or the operator's pattern. Nil: no line of the file was read. Complete after
  /// `next` has returned false.
  package var formats: [String?] {
    let names = reader.withLock { $0.formatNames }
    return files.indices.map { names[$0] }
  }

  /// The progress. Any thread may ask while others read.
  package var progress: Progress {
    Progress(bytesRead: bytesRead.load(ordering: .relaxed), bytesTotal: bytesTotal)
  }

  /// The header fields that rules read, as columns of each request.
  package let headers: [LogHeader]

  private let prefix: BlockPrefix
  private let early: [BlockReader.Failure]
  private let bytesTotal: Int?
  private let bytesRead = Atomic<Int>(0)
  private let reader: Locked<BlockReader>
  private let acceptsTargets: Bool

  /// Takes files to read, one after the other.
  ///
  /// Opens each regular file, reads up to 1 MiB of lines and detects the format, so that unreadable files are known
  /// before anything is counted. This takes some milliseconds a file. `next` opens the file again.
  ///
  /// - Parameters:
  ///   - files: In the order of reading; `-` is standard input.
  ///   - format: Nil: detect it for each file.
  ///   - baseURL: The scheme, host and port of requests whose line has none.
  ///   - acceptsTargets: Whether requests may have no host.
  ///   - headers: The header fields that rules read, each once.
  package init(
    files: [String], format: LogFormat? = nil, baseURL: BaseURL? = nil,
    acceptsTargets: Bool = true, headers: [LogHeader] = []
  ) {
    self.files = files
    self.headers = headers
    let prefix = BlockPrefix(baseURL)
    self.prefix = prefix
    self.acceptsTargets = acceptsTargets
    let settings = BlockReader.Settings(
      format: format, prefix: prefix, acceptsTargets: acceptsTargets, headers: headers)
    var early: [BlockReader.Failure] = []
    var total: Int? = 0
    var block = LogBlock()
    for (index, file) in files.enumerated() {
      do throws(LogReadError) {
        let size = try LogFile.sizeWithoutOpening(path: file)
        total = size.flatMap { size in total.map { $0 + size } }
        // A pipe can be read only once.
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

  /// Fills a block with the next lines and finds the requests in them. False: the last file has ended.
  ///
  /// Any number of threads may call it at once, each with its own block. One thread reads at a time; all of them parse.
  package func next(_ block: inout LogBlock) -> Bool {
    let filled = reader.withLock { reader in
      let filled = reader.fill(&block)
      bytesRead.store(reader.position, ordering: .relaxed)
      return filled
    }
    guard let filled else { return false }
    block.clear(headers: headers.count)
    for (index, run) in filled.runs.enumerated() {
      block.append(
        lines: run.lines, format: run.format, base: prefix.base, acceptsTargets: acceptsTargets,
        isCut: filled.isCut && index == filled.runs.count - 1)
    }
    return true
  }
}
