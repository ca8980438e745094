/* SPDX-License-Identifier: Apache-2.0 */
#include "iobuffer.h"

#include "message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

TSIOBuffer TSIOBufferCreate(void) {
  return TSIOBufferSizedCreate(TS_IOBUFFER_SIZE_INDEX_32K);
}

TSIOBuffer TSIOBufferSizedCreate(TSIOBufferSizeIndex index) {
  TSIOBuffer buffer = allocate_zeroed(1, sizeof *buffer);
  buffer->block_size = (int64_t)128 << index;
  return buffer;
}

void TSIOBufferDestroy(TSIOBuffer buffer) {
  for (TSIOBufferBlock block = buffer->first; block != NULL;) {
    TSIOBufferBlock next = block->next;
    free(block);
    block = next;
  }
  for (TSIOBufferReader reader = buffer->readers; reader != NULL;) {
    TSIOBufferReader next = reader->next;
    free(reader);
    reader = next;
  }
  free(buffer);
}

int64_t TSIOBufferWaterMarkGet(TSIOBuffer buffer) {
  return buffer->water_mark;
}

void TSIOBufferWaterMarkSet(TSIOBuffer buffer, int64_t water_mark) {
  buffer->water_mark = water_mark;
}

/* Writing */

TSIOBufferBlock TSIOBufferStart(TSIOBuffer buffer) {
  if (buffer->last == NULL || buffer->last->filled == buffer->last->capacity) {
    TSIOBufferBlock block = allocate(sizeof *block + (size_t)buffer->block_size);
    *block = (struct tsapi_bufferblock){.capacity = buffer->block_size};
    if (buffer->last == NULL) {
      buffer->first = block;
    } else {
      buffer->last->next = block;
    }
    buffer->last = block;
  }
  return buffer->last;
}

char *TSIOBufferBlockWriteStart(TSIOBufferBlock block, int64_t *available) {
  *available = block->capacity - block->filled;
  return block->bytes + block->filled;
}

int64_t TSIOBufferBlockWriteAvail(TSIOBufferBlock block) {
  return block->capacity - block->filled;
}

void TSIOBufferProduce(TSIOBuffer buffer, int64_t count) {
  if (count < 0 || buffer->last == NULL || count > TSIOBufferBlockWriteAvail(buffer->last)) {
    plugin_fault("TSIOBufferProduce of more bytes than the block has room for");
  }
  buffer->last->filled += count;
}

int64_t TSIOBufferWrite(TSIOBuffer buffer, const void *bytes, int64_t count) {
  for (int64_t done = 0; done < count;) {
    int64_t available;
    char *start = TSIOBufferBlockWriteStart(TSIOBufferStart(buffer), &available);
    int64_t step = count - done < available ? count - done : available;
    memcpy(start, (const char *)bytes + done, (size_t)step);
    TSIOBufferProduce(buffer, step);
    done += step;
  }
  return count > 0 ? count : 0;
}

/* Reading */

static void skip_finished_blocks(TSIOBufferReader reader) {
  if (reader->block == NULL) {
    reader->block = reader->buffer->first;
    reader->offset = 0;
  }
  while (reader->block != NULL && reader->offset == reader->block->filled &&
         reader->block->next != NULL) {
    reader->block = reader->block->next;
    reader->offset = 0;
  }
}

TSIOBufferReader TSIOBufferReaderAlloc(TSIOBuffer buffer) {
  TSIOBufferReader reader = allocate_zeroed(1, sizeof *reader);
  reader->buffer = buffer;
  reader->next = buffer->readers;
  buffer->readers = reader;
  return reader;
}

TSIOBufferReader TSIOBufferReaderClone(TSIOBufferReader original) {
  TSIOBufferReader reader = TSIOBufferReaderAlloc(original->buffer);
  reader->block = original->block;
  reader->offset = original->offset;
  return reader;
}

void TSIOBufferReaderFree(TSIOBufferReader reader) {
  TSIOBufferReader *place = &reader->buffer->readers;
  while (*place != NULL && *place != reader) {
    place = &(*place)->next;
  }
  if (*place == NULL) {
    plugin_fault("TSIOBufferReaderFree of a reader that its buffer does not know");
  }
  *place = reader->next;
  free(reader);
}

TSIOBufferBlock TSIOBufferReaderStart(TSIOBufferReader reader) {
  skip_finished_blocks(reader);
  return reader->block;
}

TSIOBufferBlock TSIOBufferBlockNext(TSIOBufferBlock block) {
  return block->next;
}

const char *TSIOBufferBlockReadStart(TSIOBufferBlock block, TSIOBufferReader reader,
                                     int64_t *available) {
  int64_t offset = block == reader->block ? reader->offset : 0;
  if (available != NULL) {
    *available = block->filled - offset;
  }
  return block->bytes + offset;
}

int64_t TSIOBufferBlockReadAvail(TSIOBufferBlock block, TSIOBufferReader reader) {
  return block->filled - (block == reader->block ? reader->offset : 0);
}

int64_t TSIOBufferReaderAvail(TSIOBufferReader reader) {
  skip_finished_blocks(reader);
  int64_t available = 0;
  for (TSIOBufferBlock block = reader->block; block != NULL; block = block->next) {
    available += TSIOBufferBlockReadAvail(block, reader);
  }
  return available;
}

// Hands each piece of up to `count` bytes after `offset` to `take`; returns their number.
static int64_t for_each_piece(TSIOBufferReader reader, int64_t offset, int64_t count,
                              void (*take)(void *, const char *, int64_t), void *context) {
  int64_t done = 0;
  skip_finished_blocks(reader);
  for (TSIOBufferBlock block = reader->block; block != NULL && done < count; block = block->next) {
    int64_t available;
    const char *start = TSIOBufferBlockReadStart(block, reader, &available);
    if (offset >= available) {
      offset -= available;
      continue;
    }
    int64_t step = available - offset < count - done ? available - offset : count - done;
    take(context, start + offset, step);
    offset = 0;
    done += step;
  }
  return done;
}

void TSIOBufferReaderConsume(TSIOBufferReader reader, int64_t count) {
  while (count > 0) {
    skip_finished_blocks(reader);
    int64_t available = reader->block != NULL ? reader->block->filled - reader->offset : 0;
    if (available == 0) {
      plugin_fault("TSIOBufferReaderConsume of %" PRId64 " bytes more than there are", count);
    }
    int64_t step = count < available ? count : available;
    reader->offset += step;
    count -= step;
  }
}

static void copy_to_memory(void *context, const char *bytes, int64_t count) {
  char **out = context;
  memcpy(*out, bytes, (size_t)count);
  *out += count;
}

int64_t TSIOBufferReaderCopy(TSIOBufferReader reader, void *out, int64_t count) {
  char *start = out;
  return for_each_piece(reader, 0, count, copy_to_memory, &start);
}

static void copy_to_buffer(void *context, const char *bytes, int64_t count) {
  TSIOBufferWrite(context, bytes, count);
}

int64_t TSIOBufferCopy(TSIOBuffer buffer, TSIOBufferReader reader, int64_t count, int64_t offset) {
  return for_each_piece(reader, offset, count, copy_to_buffer, buffer);
}
