#include "chunk.h"
#include <stdlib.h>
#include <string.h>

#define EXTENDED 0xffffff /* a timestamp field of this value: the timestamp follows in 4 bytes */
#define MAX_CHUNK_STREAMS 320
#define MAX_MESSAGE_BYTES 16000000

void chunk_write(struct bytes *out, unsigned chunk_stream_id, const struct message *message, uint32_t chunk_size) {
  uint32_t length = message->length;
  bool is_extended = message->timestamp >= EXTENDED;
  bytes_reserve(out, 16 + length + (length / chunk_size) * 5);
  uint8_t *at = out->at + out->length;
  *at++ = chunk_stream_id;
  put_u24(at, is_extended ? EXTENDED : message->timestamp);
  put_u24(at + 3, length);
  at[6] = message->type;
  for (int i = 0; i < 4; i++) at[7 + i] = message->stream_id >> 8 * i; /* the one little-endian number */
  at += 11;
  for (uint32_t done = 0;;) {
    if (is_extended) {
      put_u32(at, message->timestamp);
      at += 4;
    }
    uint32_t part = length - done < chunk_size ? length - done : chunk_size;
    memcpy(at, message->payload + done, part);
    at += part;
    done += part;
    if (done == length) break;
    *at++ = 0xc0 | chunk_stream_id;
  }
  out->length = at - out->at;
}

struct chunk_stream {
  uint32_t timestamp, delta, length, stream_id;
  uint8_t type;
  bool is_extended, has_header;
  struct bytes payload; /* of the message that is being read */
};

struct chunk_reader {
  uint32_t chunk_size;
  struct chunk_stream streams[MAX_CHUNK_STREAMS];
};

struct chunk_reader *chunk_reader_new(void) {
  struct chunk_reader *reader = allocate(1, sizeof *reader);
  reader->chunk_size = FIRST_CHUNK_SIZE;
  return reader;
}

void chunk_reader_free(struct chunk_reader *reader) {
  if (!reader) return;
  for (int i = 0; i < MAX_CHUNK_STREAMS; i++) bytes_free(&reader->streams[i].payload);
  free(reader);
}

/* The length of a Chunk Basic Header and the id in it; 0 while it is not whole. */
static size_t basic_header(const uint8_t *at, size_t length, unsigned *id) {
  *id = at[0] & 0x3f;
  if (*id > 1) return 1;
  size_t size = *id + 2; /* 0 announces one byte more, 1 announces two, the low one first */
  if (length < size) return 0;
  *id = 64 + at[1] + (size == 3 ? 256 * at[2] : 0);
  return size;
}

/* The length of a whole chunk at `at`; 0 while it is not whole, -1 when it is none. Afterwards the stream has what its header says. */
static long read_chunk(struct chunk_reader *reader, const uint8_t *at, size_t length, struct chunk_stream **which) {
  static const size_t header_sizes[] = {11, 7, 3, 0};
  unsigned id;
  size_t size = basic_header(at, length, &id);
  if (size == 0) return 0;
  if (id >= MAX_CHUNK_STREAMS) return -1;
  struct chunk_stream *stream = *which = &reader->streams[id];
  unsigned format = at[0] >> 6;
  const uint8_t *header = at + size;
  size += header_sizes[format];
  if (length < size) return 0;
  if (format == 3 && !stream->has_header) return -1;
  bool is_extended = format == 3 ? stream->is_extended : get_u24(header) == EXTENDED;
  uint32_t message_length = format < 2 ? get_u24(header + 3) : stream->length;
  if (message_length > MAX_MESSAGE_BYTES) return -1;
  uint32_t time = format == 3 ? stream->delta : get_u24(header);
  if (is_extended) {
    if (length < size + 4) return 0;
    if (format != 3) time = get_u32(at + size);
    size += 4;
  }
  uint32_t left = message_length - stream->payload.length;
  uint32_t part = left < reader->chunk_size ? left : reader->chunk_size;
  if (length < size + part) return 0;
  bool begins = stream->payload.length == 0;
  if (format < 2) stream->type = header[6];
  if (format == 0) stream->stream_id = header[7] | header[8] << 8 | header[9] << 16 | (uint32_t)header[10] << 24;
  if (begins) stream->timestamp = format == 0 ? time : stream->timestamp + time;
  if (format < 3) stream->delta = time;
  stream->is_extended = is_extended;
  stream->length = message_length;
  stream->has_header = true;
  bytes_append(&stream->payload, at + size, part);
  return size + part;
}

enum chunks chunk_read(struct chunk_reader *reader, struct bytes *in,
                       bool (*on_message)(void *context, const struct message *message), void *context) {
  size_t done = 0;
  enum chunks outcome = CHUNKS_READ;
  while (done < in->length && outcome == CHUNKS_READ) {
    struct chunk_stream *stream;
    long size = read_chunk(reader, in->at + done, in->length - done, &stream);
    if (size < 0) outcome = CHUNKS_CORRUPT;
    if (size <= 0) break;
    done += size;
    if (stream->payload.length < stream->length) continue;
    struct message message = {stream->type, stream->timestamp, stream->stream_id, stream->length, stream->payload.at};
    if (message.type == SET_CHUNK_SIZE && message.length >= 4) reader->chunk_size = get_u32(message.payload) & 0x7fffffff;
    if (reader->chunk_size == 0) outcome = CHUNKS_CORRUPT;
    else if (!on_message(context, &message)) outcome = CHUNKS_STOPPED;
    stream->payload.length = 0;
  }
  bytes_consume(in, done);
  return outcome;
}
