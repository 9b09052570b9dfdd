#ifndef DIALOGUE_H
#define DIALOGUE_H
/* What an RTMP client says before media flows. RTMP 1.0 sections 5.2 and 7.2. */
#include "chunk.h"

#define HANDSHAKE_BYTES 1536

/* A stream, as a path names it: the first segment is the application, the rest with its query the stream name. */
struct place {
  const char *path;
  char app[128];
  const char *stream_name;
};

/* Reads `/app/name`; the path has to outlive the place. */
struct place place_of(const char *path);

/* C0 and C1: version 3, and zeros. */
void say_hello(struct bytes *out);
/*
 * What is said in answer to S0 and S1, of 1 and 1,536 bytes: C2, and `connect`. `client`: what the program calls itself;
 * `properties`: more that `connect` says, empty where there is nothing.
 */
void say_connect(struct bytes *out, const uint8_t *hello, const struct place *place, int port, const char *client,
                 const struct bytes *properties);
/* Adds a property to those of `connect`. */
void add_property(struct bytes *properties, const char *name, const char *value);
/* One that is a list of one text. */
void add_list_property(struct bytes *properties, const char *name, const char *value);
void say_create_stream(struct bytes *out);
/* `play` of a live stream. */
void say_play(struct bytes *out, const struct place *place);
/* Set Chunk Size, `releaseStream`, `FCPublish` and `createStream`, as encoders send them. */
void say_release_and_create(struct bytes *out, const struct place *place, uint32_t chunk_size);
void say_publish(struct bytes *out, const struct place *place, uint32_t chunk_size);
void say_acknowledgement(struct bytes *out, uint32_t received);

/* Transaction ids of what is asked, by which answers are known. */
enum transaction { TRANSACTION_CONNECT = 1, TRANSACTION_CREATE_STREAM = 4 };

/* What a server has said: a result, a status that a play or publication has started, a refusal. */
enum answer_kind { ANSWER_OTHER, ANSWER_RESULT, ANSWER_STARTED, ANSWER_REFUSED };

struct answer {
  enum answer_kind kind;
  double transaction;
};

/* Reads a message of any type; only commands are more than `OTHER`. */
struct answer read_answer(const struct message *message);

#endif
