#include <linux/memfd.h>
#include <maxminddb.h>

// Part of glibc since 2.27, but its header shows it only where _GNU_SOURCE is defined.
int memfd_create(const char *name, unsigned int flags);
