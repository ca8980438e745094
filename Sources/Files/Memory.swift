import CMemory
import Platform

/// Returns free memory of the allocator to the system.
///
/// For the end of work that took tens of megabytes. Takes milliseconds, more in a large process.
package func giveBackFreeMemory() {
  _ = malloc_trim(0)
}

/// Whether the process can get so much more memory under its limits.
///
/// For callers before large work, because a failed allocation ends the process. Includes a reserve for small
/// allocations that are not counted. Maps and unmaps the memory, in two system calls.
package func hasMemory(_ bytes: Int) -> Bool {
  let (size, isTooMuch) = max(0, bytes).addingReportingOverflow(reserve)
  if isTooMuch { return false }
  let start = unsafe mmap(
    nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  guard let start = unsafe start, unsafe start != MAP_FAILED else { return false }
  unsafe munmap(start, size)
  return true
}

/// The reserve for small allocations that are not counted.
private let smallAllocations = 4 << 20

/// glibc gives each thread but the first a heap of 64 MiB. To align it, glibc reserves twice as much address space.
/// If that fails, each allocation takes whole pages.
private let heapOfThread = 128 << 20

private var reserve: Int {
  getpid() == gettid() ? smallAllocations : smallAllocations + heapOfThread
}
