/* SPDX-License-Identifier: Apache-2.0
 *
 * The fixture of the tests: a temporary directory with configurations, clients and URLs.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "maxmind_acl.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/** The directory of the test databases, absolute. */
extern const char *databases;
/** A temporary directory, absolute. The databases are in it as symbolic links. */
extern char directory[];

/** Makes the directory and the links. */
void make_directory(void);
/** Removes the directory and its content. */
void remove_directory(void);
/** Writes a file in the directory. */
void write_file(const char *name, const void *bytes, size_t length);
/** Writes a file in the directory, from text. */
void write_text(const char *name, const char *text);
/** Deletes a file in the directory. */
void delete_file(const char *name);
/** The absolute name of a file in the directory. Valid for the next seven calls. */
const char *in_directory(const char *name);

/** Opens a file in the directory. Fails the test if it does not load. */
maxmind_acl_policy *open_file(const char *name);
/** Writes acl.yaml and opens it, likewise. */
maxmind_acl_policy *open_text(const char *yaml);

/** A client's address from text. NULL: no address. "unix": the family AF_UNIX. */
typedef union client {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
  char room[128];
} client;
const struct sockaddr *client_of(const char *text, client *room);

/** A URL for fetch_url, with a counter of calls. */
typedef struct url_source {
  maxmind_acl_url url;
  bool fails;       /**< fetch_url fills the URL and returns false */
  bool was_cleared; /**< the URL was zeroed before the last call */
  unsigned calls;
} url_source;
/** A source from "host/path" or "host/path;params". Borrows the text. */
url_source url_of(const char *text);
/** The fetch_url for a url_source as context. */
bool fetch(void *context, maxmind_acl_url *url);

/** Decides for a client and a source; either may be NULL. */
maxmind_acl_decision decide(const maxmind_acl_policy *policy, const char *address,
                            url_source *source);

/** The resident memory of the process, in bytes. */
size_t resident_bytes(void);
/** The number of open descriptors of the process. */
size_t open_descriptors(void);

#endif /* FIXTURE_H */
