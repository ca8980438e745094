/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *databases;
char directory[256];

static _Noreturn void die(const char *what) {
  perror(what);
  exit(2);
}

void make_directory(void) {
  const char *parent = getenv("TMPDIR");
  snprintf(directory, sizeof directory, "%s/c-interface-XXXXXX",
           parent && parent[0] == '/' && strlen(parent) < 128 ? parent : "/tmp");
  if (mkdtemp(directory) == NULL) {
    die(directory);
  }
  DIR *listing = opendir(databases);
  if (listing == NULL) {
    die(databases);
  }
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    char target[1024];
    snprintf(target, sizeof target, "%s/%s", databases, entry->d_name);
    if (strstr(entry->d_name, ".mmdb") && symlink(target, in_directory(entry->d_name)) != 0) {
      die(target);
    }
  }
  closedir(listing);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw) {
  (void)status, (void)type, (void)ftw;
  return remove(path);
}

void remove_directory(void) {
  nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *in_directory(const char *name) {
  static char paths[8][1024];
  static unsigned turn;
  char *path = paths[turn++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return path;
}

void write_file(const char *name, const void *bytes, size_t length) {
  const char *path = in_directory(name);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
    die(path);
  }
}

void write_text(const char *name, const char *text) {
  write_file(name, text, strlen(text));
}

void delete_file(const char *name) {
  unlink(in_directory(name));
}

maxmind_acl_policy *open_file(const char *name) {
  char error[1024];
  maxmind_acl_policy *policy =
      maxmind_acl_open(name, strlen(name), directory, strlen(directory), NULL, error, sizeof error);
  if (!CHECK(policy != NULL)) {
    fprintf(stderr, "  %s\n", error);
  }
  return policy;
}

maxmind_acl_policy *open_text(const char *yaml) {
  write_text("acl.yaml", yaml);
  return open_file("acl.yaml");
}

const struct sockaddr *client_of(const char *text, client *room) {
  memset(room, 0, sizeof *room);
  if (text == NULL) {
    return NULL;
  }
  if (strcmp(text, "unix") == 0) {
    room->any.sa_family = AF_UNIX;
  } else if (strchr(text, ':') != NULL) {
    room->ipv6.sin6_family = AF_INET6;
    room->ipv6.sin6_port = htons(40000);
    CHECK_NUMBER(inet_pton(AF_INET6, text, &room->ipv6.sin6_addr), 1);
  } else {
    room->ipv4.sin_family = AF_INET;
    room->ipv4.sin_port = htons(40000);
    CHECK_NUMBER(inet_pton(AF_INET, text, &room->ipv4.sin_addr), 1);
  }
  return &room->any;
}

url_source url_of(const char *text) {
  url_source source = {0};
  const char *slash = strchr(text, '/');
  const char *path = slash ? slash + 1 : text + strlen(text);
  const char *semicolon = strchr(path, ';');
  source.url.host = text;
  source.url.host_length = slash ? (size_t)(slash - text) : strlen(text);
  source.url.path = path;
  source.url.path_length = semicolon ? (size_t)(semicolon - path) : strlen(path);
  source.url.params = semicolon ? semicolon + 1 : NULL;
  source.url.params_length = semicolon ? strlen(semicolon + 1) : 0;
  return source;
}

bool fetch(void *context, maxmind_acl_url *url) {
  url_source *source = context;
  const maxmind_acl_url zero = {0};
  source->was_cleared = memcmp(url, &zero, sizeof zero) == 0;
  source->calls++;
  *url = source->url;
  return !source->fails;
}

maxmind_acl_decision decide(const maxmind_acl_policy *policy, const char *address,
                            url_source *source) {
  client room;
  maxmind_acl_request request = {.client = client_of(address, &room)};
  if (source != NULL) {
    request.fetch_url = fetch;
    request.context = source;
  }
  maxmind_acl_decision decision;
  memset(&decision, 0xFF, sizeof decision);
  int verdict = maxmind_acl_decide(policy, &request, &decision);
  CHECK_NUMBER(decision.verdict, verdict);
  return decision;
}

size_t resident_bytes(void) {
  unsigned long size = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%lu %lu", &size, &resident) != 2) {
    die("/proc/self/statm");
  }
  fclose(file);
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

size_t open_descriptors(void) {
  DIR *listing = opendir("/proc/self/fd");
  if (listing == NULL) {
    die("/proc/self/fd");
  }
  size_t count = 0;
  while (readdir(listing) != NULL) {
    count++;
  }
  closedir(listing);
  return count;
}
