#include "player.h"
#include "clock.h"
#include "wire/flv.h"
#include "wire/stamp.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* What is read at a time, and how often before others have their turn. */
#define READ_BYTES 65536
#define READS_PER_TURN 4
/* A message of a recording that comes so long after its time is late, milliseconds. */
#define LATE_MS 100
/* RTMP servers with a window may wait for an Acknowledgement after so many bytes. */
#define ACKNOWLEDGE_BYTES 2500000

struct turn {
  struct player *player;
  struct audience *audience;
};

/* Ends a player, whoever is at work on it: what it has is given back afterwards. */
static void end(struct player *player, struct audience *audience, const char *format, ...) {
  if (player->state == OVER) return;
  if (player->state >= PLAYING) audience->closed++;
  else audience->failed++;
  if (!*audience->first_fault) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(audience->first_fault, sizeof audience->first_fault, format, arguments);
    va_end(arguments);
  }
  transport_close(&player->transport);
  player->state = OVER;
}

/* Gives back what only those need that understand what comes. */
static void forget(struct player *player) {
  chunk_reader_free(player->chunks);
  bytes_free(&player->in);
  player->chunks = NULL;
}

static void say(struct player *player, struct audience *audience, struct bytes *words) {
  if (!transport_write(&player->transport, words->at, words->length)) end(player, audience, "the server takes no commands");
  bytes_free(words);
}

void player_open(struct player *player, struct audience *audience, const char *path, enum role role, long number) {
  *player = (struct player){.role = role, .place = place_of(path), .opened_at = now_seconds()};
  if (!transport_connect(&player->transport, audience->port, number, role == STALLING, audience->tls)) end(player, audience, "cannot connect: error %d", errno);
}

void player_close(struct player *player) {
  transport_close(&player->transport);
  player->state = OVER;
  forget(player);
}

static void begin(struct player *player, struct audience *audience) {
  struct bytes words = {0};
  if (audience->is_http) {
    const char *parts[] = {"GET ", player->place.path, " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: players\r\nAccept: */*\r\n\r\n"};
    for (int i = 0; i < 3; i++) bytes_append(&words, parts[i], strlen(parts[i]));
  } else {
    say_hello(&words);
    player->chunks = chunk_reader_new();
  }
  player->state = audience->is_http ? AWAITING_HEAD : SHAKING_HANDS;
  say(player, audience, &words);
}

/* Checks one message of media; returns false when the player need not understand what follows. */
static bool check_message(struct turn *turn, const struct message *message) {
  struct player *player = turn->player;
  struct audience *audience = turn->audience;
  double now = now_seconds();
  struct stamp stamp;
  player->checked_messages++;
  if (message->type == VIDEO) {
    player->video_messages++;
    if (is_keyframe(message->payload, message->length)) player->has_keyframe = true;
    bool is_inter_frame = message->length > 1 && (message->payload[0] >> 4 & 7) == 2;
    if (is_inter_frame && !player->has_keyframe) player->corrupt++; /* starts without a keyframe */
  }
  if (message->type == AUDIO) player->audio_messages++;
  if (message->type != VIDEO && message->type != AUDIO) return true;
  if (player->first_frame_ms == 0) {
    player->first_frame_ms = (now - player->opened_at) * 1e3;
    player->first_timestamp = message->timestamp;
    player->state = PLAYING;
  }
  if (player->role != PROBE) return false;
  if (audience->on_media) {
    audience->on_media(player, message);
    return true;
  }
  if (!stamp_read(message->payload, message->length, &stamp)) return true;
  if (player->has_number && stamp.number <= player->last_number) player->corrupt++; /* out of order */
  else if (player->has_number) player->lost += stamp.number - player->last_number - 1;
  player->last_number = stamp.number;
  player->has_number = player->has_keyframe;
  if (!audience->is_measuring) return true;
  if (!audience->is_recorded) samples_add(&audience->latency_ms, (now - stamp.sent_at) * 1e3);
  else {
    double shown_ms = (now - player->opened_at) * 1e3 - player->first_frame_ms; /* by a player that began with its first frame */
    double late_ms = shown_ms - (int32_t)(message->timestamp - player->first_timestamp);
    samples_add(&audience->late_ms, late_ms);
    if (late_ms > LATE_MS) player->was_late = true;
  }
  return true;
}

static bool on_message(void *context, const struct message *message) {
  struct turn *turn = context;
  struct player *player = turn->player;
  if (player->state != IN_DIALOGUE) return check_message(turn, message);
  struct answer answer = read_answer(message);
  struct bytes words = {0};
  if (answer.kind == ANSWER_REFUSED) {
    end(player, turn->audience, "refused: %.*s", (int)(message->length < 150 ? message->length : 150), message->payload + 3);
    return false;
  }
  if (answer.kind != ANSWER_RESULT) return true;
  if (answer.transaction == TRANSACTION_CREATE_STREAM) {
    say_play(&words, &player->place);
    player->state = AWAITING_FRAME;
  } else say_create_stream(&words);
  say(player, turn->audience, &words);
  return player->state != OVER;
}

/* Takes the handshake from the front of what has come, when it is there. */
static void shake_hands(struct player *player, struct audience *audience) {
  size_t whole = 1 + 2 * HANDSHAKE_BYTES;
  struct bytes words = {0};
  if (player->in.length < whole) return;
  say_connect(&words, player->in.at, &player->place, audience->port, "LNX 9,0,124,2", &player->properties);
  bytes_consume(&player->in, whole);
  player->state = IN_DIALOGUE;
  say(player, audience, &words);
}

static void read_chunks(struct player *player, struct audience *audience) {
  struct turn turn = {player, audience};
  if (chunk_read(player->chunks, &player->in, on_message, &turn) != CHUNKS_CORRUPT) return;
  player->corrupt++;
  end(player, audience, "corrupt chunk");
}

static void read_tags(struct player *player, struct audience *audience) {
  struct turn turn = {player, audience};
  size_t done = 0, size;
  struct tag tag;
  if (!player->is_in_flv) {
    if (player->in.length < FLV_HEADER_BYTES) return;
    if (memcmp(player->in.at, "FLV", 3) != 0) {
      player->corrupt++;
      end(player, audience, "not FLV");
      return;
    }
    player->is_in_flv = true;
    done = FLV_HEADER_BYTES;
  }
  while ((size = read_tag(player->in.at + done, player->in.length - done, &tag))) {
    struct message message = {tag.type, tag.timestamp, 1, tag.length, tag.payload};
    done += size;
    if (!check_message(&turn, &message)) break;
  }
  bytes_consume(&player->in, done);
}

/* Understands what has come, of whichever state. */
static void take(struct player *player, struct audience *audience, size_t length) {
  if (player->state == SHAKING_HANDS) shake_hands(player, audience);
  if (player->state == AWAITING_HEAD) {
    enum head head = http_read_head(&player->body, &player->in);
    if (head == HEAD_REFUSED) end(player, audience, "refused: %.*s", (int)strcspn((char *)player->in.at, "\r"), player->in.at);
    if (head != HEAD_GOOD) return;
    player->state = AWAITING_FRAME;
  } else if (audience->is_http) http_unframe(&player->body, &player->in, length);
  if (player->state == OVER || player->state == SHAKING_HANDS) return;
  if (audience->is_http) read_tags(player, audience);
  else read_chunks(player, audience);
}

static void count(struct player *player, struct audience *audience, size_t length) {
  double now = now_seconds();
  double gap_ms = (now - player->last_read_at) * 1e3;
  if (audience->is_measuring && player->last_read_at && gap_ms > player->longest_gap_ms) player->longest_gap_ms = gap_ms;
  player->last_read_at = now;
  player->received_bytes += length;
  audience->received_bytes += length;
  if (audience->is_http || player->received_bytes - player->acknowledged_bytes < ACKNOWLEDGE_BYTES) return;
  struct bytes words = {0};
  player->acknowledged_bytes = player->received_bytes;
  say_acknowledgement(&words, player->received_bytes);
  say(player, audience, &words);
}

/* Reads what has come once; false when there is no more for now. */
static bool read_on(struct player *player, struct audience *audience) {
  bool understands = player->role == PROBE || player->state != PLAYING;
  bool is_tls = player->transport.tls != NULL;
  ssize_t got;
  if (understands) {
    bytes_reserve(&player->in, READ_BYTES);
    got = transport_read(&player->transport, player->in.at + player->in.length, READ_BYTES);
  } else got = transport_discard(&player->transport);
  if (got == NOTHING_YET) return false;
  if (got <= 0) {
    end(player, audience, player->state < PLAYING ? "closed by the server before the first frame" : "closed by the server");
    return false;
  }
  if (player->state >= AWAITING_FRAME) count(player, audience, got);
  if (player->state == OVER) return false;
  if (understands) {
    player->in.length += got;
    take(player, audience, got);
  }
  if (player->role == STALLING && player->state == PLAYING && player->received_bytes > STALL_AFTER_BYTES) player->state = STALLED;
  if (player->state == OVER || player->state == STALLED) return false;
  return got >= READ_BYTES || (is_tls && understands); /* what TLS holds of a record already wakes nobody */
}

bool player_go_on(struct player *player, struct audience *audience) {
  enum player_state before = player->state;
  if (before == CONNECTING) {
    enum opening opening = transport_open(&player->transport);
    if (opening == OPENING_FAILED) end(player, audience, audience->tls ? "cannot connect, or no TLS" : "cannot connect");
    if (opening == OPEN) begin(player, audience);
  } else {
    for (int reads = 1; read_on(player, audience); reads++)
      if (reads >= READS_PER_TURN && !(audience->tls && player->role == PROBE)) break;
  }
  if (player->state == OVER || (player->state >= PLAYING && player->role != PROBE)) forget(player);
  return player->state != before;
}
