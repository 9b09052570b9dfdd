#define _GNU_SOURCE
#include "dialogue.h"
#include <stdio.h>
#include <string.h>

/* AMF0, of which a client needs six markers. */
static void amf_string(struct bytes *out, const char *text) {
  uint8_t head[3] = {2};
  put_u16(head + 1, strlen(text));
  bytes_append(out, head, 3);
  bytes_append(out, text, strlen(text));
}

static void amf_number(struct bytes *out, double value) {
  uint8_t number[9] = {0};
  uint64_t bits;
  memcpy(&bits, &value, 8);
  put_u64(number + 1, bits);
  bytes_append(out, number, 9);
}

static void amf_key(struct bytes *out, const char *name) {
  uint8_t length[2];
  put_u16(length, strlen(name));
  bytes_append(out, length, 2);
  bytes_append(out, name, strlen(name));
}

static void amf_text_field(struct bytes *out, const char *name, const char *value) {
  amf_key(out, name);
  amf_string(out, value);
}

static void amf_number_field(struct bytes *out, const char *name, double value) {
  amf_key(out, name);
  amf_number(out, value);
}

/* A command with its transaction id, and null for its command object. */
static struct bytes command(const char *name, double transaction) {
  struct bytes body = {0};
  amf_string(&body, name);
  amf_number(&body, transaction);
  bytes_append(&body, "\5", 1);
  return body;
}

/* Writes the command and frees its body. */
static void send_command(struct bytes *out, unsigned chunk_stream_id, uint32_t stream_id, struct bytes *body, uint32_t chunk_size) {
  struct message message = {COMMAND_AMF0, 0, stream_id, body->length, body->at};
  chunk_write(out, chunk_stream_id, &message, chunk_size);
  bytes_free(body);
}

struct place place_of(const char *path) {
  struct place place = {.path = path};
  const char *slash = path[0] == '/' ? strchr(path + 1, '/') : NULL;
  if (!slash || slash - path - 1 >= (long)sizeof place.app) give_up("'%s' is no path of a stream, such as /live/test", path);
  memcpy(place.app, path + 1, slash - path - 1);
  place.stream_name = slash + 1;
  return place;
}

void say_hello(struct bytes *out) {
  static const uint8_t zeros[HANDSHAKE_BYTES];
  bytes_append(out, "\3", 1);
  bytes_append(out, zeros, HANDSHAKE_BYTES);
}

void add_property(struct bytes *properties, const char *name, const char *value) { amf_text_field(properties, name, value); }

void add_list_property(struct bytes *properties, const char *name, const char *value) {
  amf_key(properties, name);
  bytes_append(properties, "\12\0\0\0\1", 5); /* a strict array of one */
  amf_string(properties, value);
}

void say_connect(struct bytes *out, const uint8_t *hello, const struct place *place, int port, const char *client,
                 const struct bytes *properties) {
  bytes_append(out, hello + 1, HANDSHAKE_BYTES);
  char url[256];
  snprintf(url, sizeof url, "rtmp://127.0.0.1:%d/%s", port, place->app);
  struct bytes body = {0};
  amf_string(&body, "connect");
  amf_number(&body, TRANSACTION_CONNECT);
  bytes_append(&body, "\3", 1);
  amf_text_field(&body, "app", place->app);
  amf_text_field(&body, "flashVer", client);
  amf_text_field(&body, "tcUrl", url);
  amf_number_field(&body, "capabilities", 15);
  amf_number_field(&body, "audioCodecs", 4071);
  amf_number_field(&body, "videoCodecs", 252);
  amf_number_field(&body, "videoFunction", 1);
  bytes_append(&body, properties->at, properties->length);
  bytes_append(&body, "\0\0\t", 3);
  send_command(out, 3, 0, &body, FIRST_CHUNK_SIZE);
}

void say_create_stream(struct bytes *out) {
  struct bytes body = command("createStream", TRANSACTION_CREATE_STREAM);
  send_command(out, 3, 0, &body, FIRST_CHUNK_SIZE);
}

void say_play(struct bytes *out, const struct place *place) {
  struct bytes body = command("play", 5);
  amf_string(&body, place->stream_name);
  amf_number(&body, -2000); /* a live stream, and else a recorded one: what players send */
  send_command(out, 8, 1, &body, FIRST_CHUNK_SIZE);
}

void say_release_and_create(struct bytes *out, const struct place *place, uint32_t chunk_size) {
  uint8_t size[4];
  put_u32(size, chunk_size);
  chunk_write(out, 2, &(struct message){SET_CHUNK_SIZE, 0, 0, 4, size}, FIRST_CHUNK_SIZE);
  const char *names[] = {"releaseStream", "FCPublish"};
  for (int i = 0; i < 2; i++) {
    struct bytes body = command(names[i], 2 + i);
    amf_string(&body, place->stream_name);
    send_command(out, 3, 0, &body, chunk_size);
  }
  struct bytes body = command("createStream", TRANSACTION_CREATE_STREAM);
  send_command(out, 3, 0, &body, chunk_size);
}

void say_publish(struct bytes *out, const struct place *place, uint32_t chunk_size) {
  struct bytes body = command("publish", 5);
  amf_string(&body, place->stream_name);
  amf_string(&body, "live");
  send_command(out, 4, 1, &body, chunk_size);
}

void say_acknowledgement(struct bytes *out, uint32_t received) {
  uint8_t number[4];
  put_u32(number, received);
  chunk_write(out, 2, &(struct message){ACKNOWLEDGEMENT, 0, 0, 4, number}, FIRST_CHUNK_SIZE);
}

static bool has(const struct message *message, const char *text) {
  return memmem(message->payload, message->length, text, strlen(text)) != NULL;
}

/* Whether it begins with this AMF string. */
static bool is_named(const struct message *message, const char *name) {
  size_t length = strlen(name);
  return message->length >= 3 + length && memcmp(message->payload + 3, name, length) == 0;
}

struct answer read_answer(const struct message *message) {
  struct answer answer = {ANSWER_OTHER, 0};
  if (message->type != COMMAND_AMF0 || message->length < 3) return answer;
  size_t name_end = 3 + (message->payload[1] << 8 | message->payload[2]);
  if (message->length < name_end + 9) return answer;
  uint64_t bits = get_u64(message->payload + name_end + 1);
  memcpy(&answer.transaction, &bits, 8);
  if (is_named(message, "_result")) answer.kind = ANSWER_RESULT;
  else if (is_named(message, "_error")) answer.kind = ANSWER_REFUSED;
  else if (is_named(message, "onStatus")) {
    if (has(message, ".Publish.Start") || has(message, ".Play.Start")) answer.kind = ANSWER_STARTED;
    else if (has(message, "error")) answer.kind = ANSWER_REFUSED;
  }
  return answer;
}
