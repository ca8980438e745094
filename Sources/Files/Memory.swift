import CMemory
import Glibc

/// Gives memory that is free back to the system, which the allocator keeps for later otherwise.
///
/// For the end of work that took tens of megabytes. Takes milliseconds, more in a large process.
package func giveBackFreeMemory() {
  _ = malloc_trim(0)
}

/// Whether the process may take so much more memory, as far as its limits and the system tell.
///
/// For callers about to do work that takes much: an allocation that fails ends the process. The answer includes
/// a reserve for small allocations that nobody counts. Takes the memory and gives it back untouched, in two
/// calls of the system.
package func hasMemory(_ bytes: Int) -> Bool {
  let (size, isTooMuch) = max(0, bytes).addingReportingOverflow(reserve)
  if isTooMuch { return false }
  let start = unsafe mmap(
    nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  guard let start = unsafe start, unsafe start != MAP_FAILED else { return false }
  unsafe munmap(start, size)
  return true
}

/// What small allocations may take beside the work that is counted.
private let smallAllocations = 4 << 20

/// glibc serves threads other than the first from heaps of 64 MiB. It reserves twice that of address space to
/// align one, and where it can't, each allocation takes whole pages.
private let heapOfThread = 128 << 20

private var reserve: Int {
  getpid() == gettid() ? smallAllocations : smallAllocations + heapOfThread
}
