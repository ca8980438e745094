/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests work on: a directory of their own, configurations in it, clients and URLs.
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
/** Removes the directory with all that is in it. */
void remove_directory(void);
/** Writes a file of the directory. */
void write_file(const char *name, const void *bytes, size_t length);
/** Writes a file of the directory, from text. */
void write_text(const char *name, const char *text);
/** Deletes a file of the directory. */
void delete_file(const char *name);
/** The absolute name of a file of the directory, in one of a few buffers that take turns. */
const char *in_directory(const char *name);

/** Opens a file of the directory, which has to load: reports the error otherwise. */
maxmind_acl_policy *open_file(const char *name);
/** Writes acl.yaml and opens it, which has to load. */
maxmind_acl_policy *open_text(const char *yaml);

/** A client's address from text; NULL: no address; "unix": an AF_UNIX one. */
typedef union client {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
  char room[128];
} client;
const struct sockaddr *client_of(const char *text, client *room);

/** A URL for fetch_url, with a count of the calls. */
typedef struct url_source {
  maxmind_acl_url url;
  bool fails;       /**< fetch_url fills the URL and returns false */
  bool was_cleared; /**< the URL was zeroed before the last call */
  unsigned calls;
} url_source;
/** A source of "host/path" or "host/path;params"; borrows the text. */
url_source url_of(const char *text);
/** The fetch_url of a url_source, which is the context. */
bool fetch(void *context, maxmind_acl_url *url);

/** Decides for a client and a source; either may be NULL. */
maxmind_acl_decision decide(const maxmind_acl_policy *policy, const char *address,
                            url_source *source);

/** The resident memory of the process, in bytes. */
size_t resident_bytes(void);
/** How many descriptors the process has open. */
size_t open_descriptors(void);

#endif /* FIXTURE_H */
