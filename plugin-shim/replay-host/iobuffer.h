/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic Server's IO buffers: a chain of blocks that is written at its end and read by any number
 * of readers. Blocks live as long as their buffer.
 */
#ifndef REPLAY_HOST_IOBUFFER_H
#define REPLAY_HOST_IOBUFFER_H

#include <stdint.h>
#include <ts/ts.h>

struct tsapi_bufferblock {
  struct tsapi_bufferblock *next;
  int64_t capacity;
  int64_t filled;
  char bytes[];
};

struct tsapi_bufferreader {
  struct tsapi_bufferreader *next;
  TSIOBuffer buffer;
  TSIOBufferBlock block; /**< NULL: before the buffer's first block */
  int64_t offset;        /**< in that block */
};

struct tsapi_iobuffer {
  TSIOBufferBlock first;
  TSIOBufferBlock last;
  TSIOBufferReader readers;
  int64_t block_size;
  int64_t water_mark;
};

#endif
