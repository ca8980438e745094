/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a load generator that can't choose where its connections come from: each IPv4
 * connection is bound to the next address of a list.
 *
 *   LD_PRELOAD=spread_clients.so SPREAD_CLIENTS="127.1.2.3 127.4.5.6 …" wrk …
 *
 * A list that can't be read, or an address that can't be bound, fails the connection: a benchmark
 * must not silently ask from one address only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { most_clients = 65536 };

typedef int connect_function(int, const struct sockaddr *, socklen_t);

static pthread_once_t is_ready = PTHREAD_ONCE_INIT;
static connect_function *next_connect;
static struct in_addr clients[most_clients];
static unsigned client_count;
static unsigned turn;

static void read_clients(void) {
  next_connect = (connect_function *)dlsym(RTLD_NEXT, "connect");
  const char *list = getenv("SPREAD_CLIENTS");
  char *text = list != NULL ? strdup(list) : NULL;
  char *rest = NULL;
  for (char *word = text != NULL ? strtok_r(text, " ", &rest) : NULL; word != NULL;
       word = strtok_r(NULL, " ", &rest)) {
    if (client_count == most_clients || inet_pton(AF_INET, word, &clients[client_count]) != 1) {
      client_count = 0;
      break;
    }
    ++client_count;
  }
  free(text);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
  pthread_once(&is_ready, read_clients);
  if (next_connect == NULL) {
    errno = ENOSYS;
    return -1;
  }
  if (address->sa_family == AF_INET) {
    if (client_count == 0) {
      errno = EADDRNOTAVAIL;
      return -1;
    }
    struct sockaddr_in source;
    memset(&source, 0, sizeof(source));
    source.sin_family = AF_INET;
    source.sin_addr = clients[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % client_count];
    /* The port is chosen at the connection, so that many addresses can have the same one. */
    int late = 1;
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof(late));
    if (bind(socket, (const struct sockaddr *)&source, sizeof(source)) != 0) {
      return -1;
    }
  }
  return next_connect(socket, address, length);
}
