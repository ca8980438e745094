import Files
import GeoDatabase

// The file is the caller's: one cache saves to a path at a time.
extension AnswerCache {
  /// Saves the entries that are not expired to a file.
  ///
  /// Writers wait for the copy of the entries, not for the disk. Readers do not wait. Meanwhile the memory of the
  /// entries is needed twice.
  ///
  /// - Parameter source: Identifies the service and the shape of its answers: a hash of the configuration. A file of
  ///   another source is not read.
  /// - Returns: How many entries the file has.
  @discardableResult
  package func save(to path: String, source: UInt64, at now: UInt32) throws(FileError) -> Int {
    let saved = snapshot(source: source, at: now)
    try replaceFile(path: path, with: saved.bytes)
    return saved.entries.count
  }

  /// Adds the entries of a file that are not expired.
  ///
  /// A file that is damaged, of another form, source or prefix is an error. Then the cache and the file stay as they
  /// are.
  ///
  /// - Returns: How many entries the file has, and how many of them were expired.
  @discardableResult
  package func read(
    from path: String, source: UInt64, at now: UInt32
  ) throws(SavedAnswersError) -> (count: Int, expired: Int) {
    let bytes: [UInt8]
    do throws(FileError) {
      let limit = SavedAnswers.mostBytes(entries: entries)
      bytes = try FileContents.read(path: path, limit: limit, memoryPerByte: 4).bytes
    } catch {
      throw SavedAnswersError(error.message)
    }
    let saved = try SavedAnswers(bytes)
    guard saved.source == source else {
      throw SavedAnswersError("the file has the answers of another service or configuration")
    }
    guard saved.prefixes == prefixes else {
      throw SavedAnswersError(
        "the file has the prefixes \(saved.prefixes.ipv4)/\(saved.prefixes.ipv6), the configuration"
          + " has \(prefixes.ipv4)/\(prefixes.ipv6)")
    }
    let usable = saved.entries.filter { now < $0.staleUntil }
    for entry in usable {
      let answer = LookupAnswer(
        record: saved.records[entry.record], isNegative: entry.isNegative)
      store(
        answer, for: entry.network, freshUntil: entry.freshUntil, staleUntil: entry.staleUntil,
        at: now)
    }
    return (saved.entries.count, saved.entries.count - usable.count)
  }

  /// The present entries that are not expired.
  private func snapshot(source: UInt64, at now: UInt32) -> SavedAnswers {
    writer.withLock { writer in
      var saved = SavedAnswers(source: source, prefixes: prefixes)
      var indexes: [AnswerNumber: Int] = [:]
      for slot in 0..<words.count {
        guard let content = words.content(slot), now < content.entry.staleUntil,
          let record = writer.records[content.entry.number]
        else { continue }
        let index = indexes[content.entry.number] ?? saved.records.count
        if index == saved.records.count {
          indexes[content.entry.number] = index
          saved.records.append(record)
        }
        saved.entries.append(
          SavedAnswers.Entry(
            network: content.network, freshUntil: content.entry.freshUntil,
            staleUntil: content.entry.staleUntil, record: index,
            isNegative: content.entry.isNegative))
      }
      return saved
    }
  }
}
