#ifndef PLAYER_H
#define PLAYER_H
/* One player: how it asks for its stream, and what it does with what it gets. */
#include "wire/chunk.h"
#include "wire/dialogue.h"
#include "wire/http-body.h"
#include "samples.h"
#include "transport.h"

/* Probes parse and check everything. Counters parse up to their first frame, then let the kernel throw away what comes, and count
 * it. The stalled do so until they have had STALL_AFTER_BYTES, and then read nothing more. */
enum role { PROBE, COUNTER, STALLING };

#define STALL_AFTER_BYTES 200000

enum player_state { CONNECTING, SHAKING_HANDS, IN_DIALOGUE, AWAITING_HEAD, AWAITING_FRAME, PLAYING, STALLED, OVER };

struct player;

/* What all players have in common. */
struct audience {
  int port;
  bool is_http;
  SSL_CTX *tls; /* NULL where it is plain */
  bool is_recorded; /* what is played was sent long ago: how far it is behind its own pace counts, instead of how old it is */
  bool is_measuring;
  double received_bytes;
  struct samples latency_ms, late_ms;
  /* Given each message of audio and video that a probe reads, instead of checking it; NULL: probes check. */
  void (*on_media)(struct player *player, const struct message *message);
  long failed, closed;
  char first_fault[200];
};

struct player {
  struct transport transport;
  enum role role;
  enum player_state state;
  struct place place;
  struct bytes properties; /* that it connects with besides the usual ones; the caller's own */
  struct bytes in;
  struct chunk_reader *chunks;
  struct http_body body;
  bool is_in_flv;
  double opened_at, last_read_at;
  double first_frame_ms;  /* 0 before it */
  double longest_gap_ms;  /* between two reads, of the measurement */
  uint64_t received_bytes, acknowledged_bytes;
  uint32_t first_timestamp, last_number;
  bool has_number, has_keyframe, was_late;
  uint64_t checked_messages, video_messages, audio_messages, corrupt, lost;
};

/* Begins to connect. `number`: how many connections there were before. */
void player_open(struct player *player, struct audience *audience, const char *path, enum role role, long number);
/* Does what can be done now that the socket is ready. Returns whether the state has become another one. */
bool player_go_on(struct player *player, struct audience *audience);
/* Leaves at once. */
void player_close(struct player *player);

#endif
