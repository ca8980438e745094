import Glibc

extension URLSubject {
  /// The calling thread's subject.
  ///
  /// Made on the thread's first call (which allocates) and freed when the thread ends. Don't hand it to
  /// another thread.
  ///
  /// - Returns: nil if there is no memory, or the process has used up its thread-specific keys; the
  ///   next call tries again, but for the key.
  static func ofThisThread() -> URLSubject? {
    guard let key = threadKey else { return nil }
    if let held = unsafe pthread_getspecific(key) {
      return unsafe Unmanaged<URLSubject>.fromOpaque(held).takeUnretainedValue()
    }
    guard let subject = URLSubject() else { return nil }
    let held = unsafe Unmanaged.passRetained(subject)
    guard unsafe pthread_setspecific(key, held.toOpaque()) == 0 else {
      unsafe held.release()
      return nil
    }
    return subject
  }

  /// Calls a function with the calling thread's subject, without counting a reference.
  ///
  /// The subject is made on the thread's first call (which allocates) and freed when the thread ends. Don't
  /// hand it to another thread, and don't keep it.
  ///
  /// - Returns: nil if there is no memory, or the process has used up its thread-specific keys; the
  ///   next call tries again, but for the key.
  public static func withThisThread<Result>(_ body: (URLSubject) -> Result) -> Result? {
    if let key = threadKey, let held = unsafe pthread_getspecific(key) {
      return unsafe Unmanaged<URLSubject>.fromOpaque(held)._withUnsafeGuaranteedRef { body($0) }
    }
    return ofThisThread().map(body)
  }

  private static let threadKey: pthread_key_t? = {
    var key = pthread_key_t()
    let status = unsafe pthread_key_create(&key) { held in
      // Called at the thread's end with what `pthread_setspecific` was given.
      guard let held = unsafe held else { return }
      unsafe Unmanaged<URLSubject>.fromOpaque(held).release()
    }
    return status == 0 ? key : nil
  }()
}
