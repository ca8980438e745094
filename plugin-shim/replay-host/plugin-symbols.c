/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a shared object's dynamic symbols before it is loaded: dlopen names only the first symbol
 * that is missing.
 */
#include "message.h"
#include "plugin.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
  const char *bytes;
  size_t size;
};

static const void *at(struct image image, size_t offset, size_t length) {
  return offset <= image.size && length <= image.size - offset ? image.bytes + offset : NULL;
}

static bool is_server_symbol(const char *name) {
  return strncmp(name, "TS", 2) == 0 || strncmp(name, "_TS", 3) == 0;
}

static int report_table(const char *path, struct image image, const ElfW(Shdr) * symbols,
                        const ElfW(Shdr) * strings) {
  int missing = 0;
  const char *names = at(image, strings->sh_offset, strings->sh_size);
  const ElfW(Sym) *table = at(image, symbols->sh_offset, symbols->sh_size);
  if (names == NULL || table == NULL || strings->sh_size == 0 ||
      names[strings->sh_size - 1] != '\0') {
    return 0;
  }
  for (size_t i = 0; i < symbols->sh_size / sizeof *table; i++) {
    // A weak symbol may stay undefined.
    if (table[i].st_shndx != SHN_UNDEF || (table[i].st_info >> 4) == STB_WEAK ||
        table[i].st_name >= strings->sh_size) {
      continue;
    }
    const char *name = names + table[i].st_name;
    if (is_server_symbol(name) && dlsym(RTLD_DEFAULT, name) == NULL) {
      message("%s: needs %s, which this host does not supply", path, name);
      missing++;
    }
  }
  return missing;
}

static int report_image(const char *path, struct image image) {
  const ElfW(Ehdr) *header = at(image, 0, sizeof *header);
  if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    return 0; // dlopen says better what is wrong
  }
  const ElfW(Shdr) *sections =
      at(image, header->e_shoff, (size_t)header->e_shnum * sizeof *sections);
  if (sections == NULL) {
    return 0;
  }
  int missing = 0;
  for (int i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < header->e_shnum) {
      missing += report_table(path, image, &sections[i], &sections[sections[i].sh_link]);
    }
  }
  return missing;
}

int missing_symbols_report(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0 || status.st_size == 0) {
    if (file >= 0) {
      close(file);
    }
    return 0;
  }
  size_t size = (size_t)status.st_size;
  void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (bytes == MAP_FAILED) {
    return 0;
  }
  int missing = report_image(path, (struct image){bytes, size});
  munmap(bytes, size);
  return missing;
}
