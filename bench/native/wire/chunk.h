#ifndef CHUNK_H
#define CHUNK_H
/* The RTMP chunk stream. RTMP 1.0 section 5.3. */
#include "../bytes.h"
#include <stdbool.h>

enum message_type { SET_CHUNK_SIZE = 1, ACKNOWLEDGEMENT = 3, AUDIO = 8, VIDEO = 9, DATA_AMF0 = 18, COMMAND_AMF0 = 20 };

/* Chunk size at the beginning of every connection, bytes. */
#define FIRST_CHUNK_SIZE 128

struct message {
  uint8_t type;
  uint32_t timestamp;
  uint32_t stream_id;
  uint32_t length;
  const uint8_t *payload; /* not kept */
};

/* Appends a message: a chunk with a full header, then as many as it takes of no header. */
void chunk_write(struct bytes *out, unsigned chunk_stream_id, const struct message *message, uint32_t chunk_size);

struct chunk_reader;

struct chunk_reader *chunk_reader_new(void);
void chunk_reader_free(struct chunk_reader *reader);

enum chunks { CHUNKS_READ, CHUNKS_STOPPED, CHUNKS_CORRUPT };

/*
 * Takes all whole chunks from the front of `in`, and obeys Set Chunk Size.
 * on_message: given each whole message; its payload is a view. Returns false to stop there.
 */
enum chunks chunk_read(struct chunk_reader *reader, struct bytes *in,
                       bool (*on_message)(void *context, const struct message *message), void *context);

#endif
