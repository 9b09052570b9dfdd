/*
 * relays: a thousand downstream relays of one stream of a server on this machine, in one thread. They all go at once, and all come
 * back at once, each saying how far it had come.
 *
 *   relays --port PORT --path PATH [options]
 *
 *   --port PORT        where the server listens on 127.0.0.1
 *   --path PATH        /app/name, which `publishers` publish
 *   --relays COUNT     1000
 *   --ramp RATE        of them that join each second at first: 200
 *   --addresses COUNT  of 127.0.0.0/8 that they come from: 8
 *   --empty            they come back without a word of how far they had come, as players do
 *
 * A witness that stays notes the time and the hash of every message. Words on standard input, each in its line, say what happens;
 * each is answered by a line of JSON when it is done, and the end of the input ends the program:
 *
 *   join      all play
 *   leave     all connections are reset
 *   return    all are opened again; done when each gets what is live
 *   check     says what they have had
 *
 * Members of the answer to `return` and `check`; counts are over all relays, since the beginning:
 *
 *   relays, live       there are; that get what is live
 *   failed, closed, fault   never had a message; were closed by the server; what happened to the first of them
 *   first_ms, live_ms  from the return to the first message of each relay, and to the first that is not older than LIVE_SECONDS
 *   elsewhere          that were not sent everything from their last video or audio message on, whichever is older
 *   lost, repeated     messages that a relay has never had; that it had before, but for those that overlap
 *   received           messages since the return
 *   compared, differing  messages of every SAMPLE_EVERYth relay, and those of another time or hash than the witness had
 *   own_cpu_seconds    of this program, since the word before
 */
#include "clock.h"
#include "player.h"
#include "samples.h"
#include "wire/stamp.h"
#include <getopt.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EVENTS 512
#define LIVE_SECONDS 0.25
#define SAMPLE_EVERY 50
#define MOST_MESSAGES 1000000
#define WORDS UINT64_MAX /* the number of standard input */
/* Connections of one source address; see transport.h. */
#define CONNECTIONS_PER_ADDRESS 20000

/* A message of the stream; all zero is none. */
struct record {
  uint32_t timestamp;
  uint8_t type, hash[8];
};

/* Messages by their number in the stream. */
struct record_book {
  struct record *records;
  uint32_t count;
};

struct relay {
  struct player player; /* first: one is known by the other */
  struct record_book *book; /* NULL of those that are not compared */
  uint32_t next;        /* the message that it is to have next */
  uint32_t last[2];     /* number of its last message of audio and of video */
  uint32_t previous;    /* on this connection */
  uint32_t expected;    /* what it is to be sent first, having come back */
  bool has_any, has_previous, is_back;
  double first_ms, live_ms; /* 0 before it */
  uint64_t received, lost, repeated;
  bool is_elsewhere;
};

static struct {
  int relays, addresses;
  double ramp;
  const char *path;
  bool is_empty;
} plan = {.relays = 1000, .addresses = 8, .ramp = 200};

static struct audience audience;
static struct relay *relays; /* the last is the witness */
static enum { DOING_NOTHING, JOINING, RETURNING } doing;
static double word_at, cpu_seconds_before;
static int opened, poller;

static struct relay *witness(void) { return &relays[plan.relays]; }

static struct record *record_of(struct record_book *book, uint32_t number) {
  if (number >= MOST_MESSAGES) give_up("the stream is too long");
  if (number >= book->count) {
    uint32_t count = number * 2 + 1024;
    book->records = realloc(book->records, count * sizeof *book->records);
    if (!book->records) give_up("no memory for %u messages", count);
    memset(book->records + book->count, 0, (count - book->count) * sizeof *book->records);
    book->count = count;
  }
  return &book->records[number];
}

static void note(struct record_book *book, uint32_t number, const struct message *message) {
  uint8_t hash[SHA256_DIGEST_LENGTH];
  struct record *record = record_of(book, number);
  SHA256(message->payload, message->length, hash);
  record->timestamp = message->timestamp;
  record->type = message->type;
  memcpy(record->hash, hash, sizeof record->hash);
}

static void on_media(struct player *player, const struct message *message) {
  struct relay *relay = (struct relay *)player;
  struct stamp stamp;
  if (!stamp_read(message->payload, message->length, &stamp)) return;
  double now = now_seconds();
  uint32_t number = stamp.number;
  if (relay->is_back) {
    relay->received++;
    if (!relay->first_ms) relay->first_ms = (now - word_at) * 1e3;
    if (!relay->live_ms && now - stamp.sent_at < LIVE_SECONDS) relay->live_ms = (now - word_at) * 1e3;
  }
  if (!relay->has_previous && relay->is_back) relay->is_elsewhere = number != relay->expected;
  if (relay->has_previous && number <= relay->previous) relay->repeated++;
  relay->previous = number;
  relay->has_previous = true;
  if (relay->has_any && number < relay->next) return; /* it overlaps */
  if (relay->has_any) relay->lost += number - relay->next;
  relay->has_any = true;
  relay->next = number + 1;
  relay->last[message->type == VIDEO] = number;
  if (relay->book) note(relay->book, number, message);
}

/* Where the relay left off, as connect says it. */
static void say_where(struct relay *relay) {
  char text[128] = "frame";
  for (int i = 0; i < 2; i++) {
    struct record *record = record_of(witness()->book, relay->last[i]);
    char *end = text + strlen(text);
    end += sprintf(end, ";%u-", record->timestamp);
    for (size_t j = 0; j < sizeof record->hash; j++) end += sprintf(end, "%02x", record->hash[j]);
  }
  add_property(&relay->player.properties, "streampumpResume", text);
}

static void open_relay(int index, bool is_back) {
  struct relay *relay = &relays[index];
  char id[32];
  long address = index % plan.addresses;
  player_open(&relay->player, &audience, plan.path, PROBE, address * CONNECTIONS_PER_ADDRESS);
  struct bytes *properties = &relay->player.properties;
  snprintf(id, sizeof id, "relay-%d", index);
  add_list_property(properties, "streampumpPath", id);
  add_property(properties, "streampumpKey", plan.path + 1);
  relay->is_back = is_back;
  relay->has_previous = false;
  if (is_back && !plan.is_empty) {
    relay->expected = relay->last[0] < relay->last[1] ? relay->last[0] : relay->last[1];
    say_where(relay);
  }
  if (relay->player.state == OVER) return;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u64 = index};
  epoll_ctl(poller, EPOLL_CTL_ADD, relay->player.transport.fd, &event);
}

static void close_relay(struct relay *relay) {
  bytes_free(&relay->player.properties);
  if (relay->player.state != OVER) player_close(&relay->player);
}

static void serve_relay(uint64_t index) {
  struct player *player = &relays[index].player;
  if (player->state == OVER) return;
  bool was_connecting = player->state == CONNECTING;
  if (!player_go_on(player, &audience) || !was_connecting || player->state == OVER) return;
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
  epoll_ctl(poller, EPOLL_CTL_MOD, player->transport.fd, &event);
}

static double own_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void compare(const struct relay *relay, uint64_t *compared, uint64_t *differing) {
  const struct record_book *seen = witness()->book;
  for (uint32_t i = 0; i < relay->book->count && i < seen->count; i++) {
    const struct record *one = &relay->book->records[i], *other = &seen->records[i];
    if (!one->type || !other->type) continue;
    ++*compared;
    if (one->type != other->type || one->timestamp != other->timestamp || memcmp(one->hash, other->hash, sizeof one->hash)) ++*differing;
  }
}

static void answer(void) {
  struct samples first_ms = {0}, live_ms = {0};
  uint64_t received = 0, lost = 0, repeated = 0, compared = 0, differing = 0;
  int live = 0, elsewhere = 0;
  for (int i = 0; i < plan.relays; i++) {
    const struct relay *relay = &relays[i];
    if (relay->first_ms) samples_add(&first_ms, relay->first_ms);
    if (relay->live_ms) samples_add(&live_ms, relay->live_ms);
    live += relay->player.state == PLAYING && relay->live_ms;
    elsewhere += relay->is_elsewhere;
    received += relay->received;
    lost += relay->lost;
    repeated += relay->repeated;
    if (relay->book) compare(relay, &compared, &differing);
  }
  printf("{\"relays\":%d,\"live\":%d,\"failed\":%ld,\"closed\":%ld,\"fault\":\"", plan.relays, live, audience.failed, audience.closed);
  for (const char *c = audience.first_fault; *c; c++) putchar(*c < 32 || *c > 126 || *c == '"' || *c == '\\' ? '.' : *c);
  printf("\",");
  samples_print(&first_ms, "first_ms");
  putchar(',');
  samples_print(&live_ms, "live_ms");
  printf(",\"elsewhere\":%d,\"lost\":%lu,\"repeated\":%lu,\"received\":%lu,\"compared\":%lu,\"differing\":%lu,\"own_cpu_seconds\":%.3f}\n",
         elsewhere, lost, repeated, received, compared, differing, own_cpu_seconds() - cpu_seconds_before);
  cpu_seconds_before = own_cpu_seconds();
  free(first_ms.values);
  free(live_ms.values);
}

/* Whether each of them has what it was told to wait for. */
static bool is_done(void) {
  if (doing == JOINING && opened <= plan.relays) return false;
  for (int i = 0; i < plan.relays; i++) {
    const struct relay *relay = &relays[i];
    if (relay->player.state == OVER) continue; /* and is counted as failed */
    if (doing == JOINING ? !relay->has_any : !relay->live_ms) return false;
  }
  return true;
}

static void obey(const char *word) {
  word_at = now_seconds();
  if (strcmp(word, "join") == 0) {
    doing = JOINING;
    open_relay(plan.relays, false);
  } else if (strcmp(word, "leave") == 0) {
    for (int i = 0; i < plan.relays; i++) close_relay(&relays[i]);
    answer();
  } else if (strcmp(word, "return") == 0) {
    doing = RETURNING;
    for (int i = 0; i < plan.relays; i++) open_relay(i, true);
  } else if (strcmp(word, "check") == 0) answer();
  else give_up("'%s' is none of join, leave, return and check", word);
}

/* False at the end of the input. */
static bool hear(void) {
  static char line[256];
  static size_t length;
  ssize_t got = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
  if (got <= 0) return false;
  length += got;
  for (char *end; (end = memchr(line, '\n', length));) {
    *end = 0;
    obey(line);
    length -= end + 1 - line;
    memmove(line, end + 1, length);
  }
  return true;
}

static int run(void) {
  struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(poller, events, EVENTS, doing == DOING_NOTHING ? -1 : 10);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u64 != WORDS) serve_relay(events[i].data.u64);
      else if (!hear()) return 0;
    }
    if (doing == JOINING)
      while (opened <= plan.relays && opened <= (now_seconds() - word_at) * plan.ramp)
        if (++opened <= plan.relays) open_relay(opened - 1, false);
    if (doing == DOING_NOTHING || !is_done()) continue;
    doing = DOING_NOTHING;
    answer();
  }
}

static void read_options(int count, char **words) {
  enum { PORT = 1, PATH, RELAYS, RAMP, ADDRESSES, EMPTY };
  static const struct option options[] = {{"port", 1, 0, PORT},           {"path", 1, 0, PATH},   {"relays", 1, 0, RELAYS}, {"ramp", 1, 0, RAMP},
                                          {"addresses", 1, 0, ADDRESSES}, {"empty", 0, 0, EMPTY}, {0}};
  int option;
  while ((option = getopt_long(count, words, "", options, NULL)) != -1) switch (option) {
    case PORT: audience.port = atoi(optarg); break;
    case PATH: plan.path = optarg; break;
    case RELAYS: plan.relays = atoi(optarg); break;
    case RAMP: plan.ramp = atof(optarg); break;
    case ADDRESSES: plan.addresses = atoi(optarg); break;
    case EMPTY: plan.is_empty = true; break;
    default: give_up("usage: relays --port PORT --path PATH [options], which stand at the top of relays.c");
    }
  if (!audience.port || !plan.path || plan.relays < 1 || plan.addresses < 1 || plan.ramp <= 0)
    give_up("usage: relays --port PORT --path PATH [options]: --port and --path are needed, and at least one relay");
}

int main(int count, char **words) {
  read_options(count, words);
  prepare_for_sockets();
  setlinebuf(stdout);
  audience.on_media = on_media;
  poller = epoll_create1(EPOLL_CLOEXEC);
  relays = allocate(plan.relays + 1, sizeof *relays);
  for (int i = 0; i <= plan.relays; i++)
    if (i == plan.relays || i % SAMPLE_EVERY == 0) relays[i].book = allocate(1, sizeof(struct record_book));
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = WORDS};
  epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  return run();
}
