/*
 * players: thousands of players of one server on this machine, in one thread.
 *
 *   players --port PORT --path PATH [options]
 *
 *   --port PORT        where the server listens on 127.0.0.1
 *   --path PATH        /app/name, of HTTP-FLV with its extension; with %d in it, which is 1, 2, … --streams, a path for each stream
 *   --streams COUNT    1 by default; players take the streams in turn
 *   --paths FILE       a path in each line, with queries if need be, instead of --path and --streams
 *   --http             HTTP-FLV instead of RTMP
 *   --tls              over TLS: HTTPS-FLV or RTMPS; certificates are not checked
 *   --players COUNT    100
 *   --ramp RATE        players that join each second: 500
 *   --warm-up SECONDS  from the last player's joining to the measurement: 4
 *   --seconds SECONDS  of the measurement: 8
 *   --probes COUNT     players that parse and check everything, spread evenly over all: 50
 *   --recorded         the path is that of a recording, of what `publishers` sends
 *   --stalled PERCENT  of the players, as if from other machines, read nothing more after their first 200,000 bytes: 0
 *   --handshakes RATE  besides, TLS connections a second that are closed after a full handshake, from the warm-up on: 0
 *   --pid PID          of the server, to measure it; again for each of its processes
 *   --cued             a line on standard input ends a measurement and begins the next one, instead of --warm-up and --seconds; the
 *                      end of the input ends the program. A line of JSON is printed when all have connected, and for each measurement
 *
 * At the end it prints one JSON object. What was not measured is null in it.
 *
 *   players, playing           asked for; with a first frame
 *   stalling                   of them, that stop reading
 *   failed, closed, fault      never had a frame; were closed by the server afterwards; what happened to the first of them
 *   seconds                    that were measured
 *   bits_per_second            received by all players together; of TLS, as it comes over the wire
 *   cpu_seconds                of the server in that time, all its processes
 *   resident_bytes, most_resident_bytes   of the server at the end, and at most
 *   first_frame_ms             of every player that goes on reading, from its connecting to its first audio or video message
 *   latency_ms                 of every stamped message at every probe during the measurement, from its being sent to its being read
 *   late_ms, late_players      of recordings: of every stamped message at every probe, how long it came after its time, counted from the
 *                              player's first frame; below 0, before it; and probes that one came to 100 ms late, or later
 *   longest_gap_ms             of each player during the measurement: the longest time in which nothing came
 *   messages, video, audio     that probes have checked
 *   corrupt                    chunks that cannot be read, messages out of order, starts without a keyframe
 *   lost                       stamped messages that probes have missed
 *   handshakes, failed_handshakes, handshake_ms   of the connections besides
 *   own_cpu_seconds            of this program in the time that was measured
 *
 * Exit code 0; 1 where a player failed or was closed or something was corrupt or lost; 2 where it could not be run.
 */
#include "clock.h"
#include "paths.h"
#include "player.h"
#include "process-gauge.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EVENTS 512
#define MAX_HANDSHAKES 4096 /* at a time */

struct plan {
  int players, probes;
  bool is_cued;
  double ramp, warm_up, seconds, stalled_percent, handshakes_per_second;
  struct paths paths;
};

/* A connection that only shakes hands. */
struct handshake {
  struct transport transport;
  double opened_at; /* 0 while the place is free */
};

static struct plan plan = {.players = 100, .probes = 50, .ramp = 500, .warm_up = 4, .seconds = 8};
static struct audience audience;
static struct process_gauge gauge;
static struct player *players;
static struct handshake *handshakes;
static struct samples handshake_ms;
static long connections, failed_handshakes;
static int poller;

#define CUES UINT64_MAX /* the number of standard input */
static bool is_cued_on, is_over;

/* Whether one of 0, 1, 2, … is among the `chosen` of `all` that are spread evenly. */
static bool is_chosen(long index, double chosen, double all) {
  return (long)((index + 1) * chosen / all) > (long)(index * chosen / all);
}

static enum role role_of(long index) {
  if (is_chosen(index, plan.probes, plan.players)) return PROBE;
  long other = index - index * plan.probes / plan.players; /* its place among those that are no probes */
  return is_chosen(other, plan.players * plan.stalled_percent / 100, plan.players - plan.probes) ? STALLING : COUNTER;
}

/* Has epoll tell of a socket under a number. */
static void watch(int operation, int fd, uint32_t events, uint64_t number) {
  struct epoll_event event = {.events = events, .data.u64 = number};
  epoll_ctl(poller, operation, fd, &event);
}

static void open_player(long index) {
  struct player *player = &players[index];
  player_open(player, &audience, plan.paths.all[index % plan.paths.count], role_of(index), connections++);
  if (player->state != OVER) watch(EPOLL_CTL_ADD, player->transport.fd, EPOLLIN | EPOLLOUT, index);
}

static void serve_player(long index) {
  struct player *player = &players[index];
  if (player->state == OVER || player->state == STALLED) return;
  bool was_connecting = player->state == CONNECTING;
  bool has_changed = player_go_on(player, &audience);
  /* a TLS handshake is on its way when the socket is connected: from then on only what comes matters */
  if (player->state == STALLED) watch(EPOLL_CTL_DEL, player->transport.fd, 0, 0);
  else if (was_connecting && player->state != OVER && (has_changed || audience.tls))
    watch(EPOLL_CTL_MOD, player->transport.fd, EPOLLIN, index);
}

static void open_handshake(void) {
  for (int i = 0; i < MAX_HANDSHAKES; i++) {
    struct handshake *handshake = &handshakes[i];
    if (handshake->opened_at) continue;
    handshake->opened_at = now_seconds();
    if (transport_connect(&handshake->transport, audience.port, connections++, false, audience.tls)) {
      watch(EPOLL_CTL_ADD, handshake->transport.fd, EPOLLIN | EPOLLOUT, plan.players + i);
      return;
    }
    transport_close(&handshake->transport);
    handshake->opened_at = 0;
    break;
  }
  failed_handshakes++;
}

static void serve_handshake(long index) {
  struct handshake *handshake = &handshakes[index];
  if (!handshake->opened_at) return;
  enum opening opening = transport_open(&handshake->transport);
  if (opening == OPENING) {
    watch(EPOLL_CTL_MOD, handshake->transport.fd, EPOLLIN, plan.players + index);
    return;
  }
  if (opening == OPENING_FAILED) failed_handshakes++;
  else if (audience.is_measuring) samples_add(&handshake_ms, (now_seconds() - handshake->opened_at) * 1e3);
  transport_close(&handshake->transport);
  handshake->opened_at = 0;
}

/* What the server and the players have used and received at a time. */
struct standing {
  double at, cpu_seconds, received_bytes, own_cpu_seconds;
};

static double own_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static struct standing take_standing(void) {
  return (struct standing){now_seconds(), gauge_cpu_seconds(&gauge), audience.received_bytes, own_cpu_seconds()};
}

static int report(struct standing begin, double most_resident_bytes) {
  struct standing last = take_standing();
  double seconds = last.at - begin.at;
  struct samples first_frame_ms = {0}, longest_gap_ms = {0};
  long playing = 0, stalling = 0, late = 0;
  unsigned long messages = 0, video = 0, audio = 0, corrupt = 0, lost = 0;
  for (int i = 0; i < plan.players; i++) {
    struct player *player = &players[i];
    if (player->first_frame_ms && player->role != STALLING) samples_add(&first_frame_ms, player->first_frame_ms);
    if (player->state == PLAYING) samples_add(&longest_gap_ms, player->longest_gap_ms);
    if (player->state != OVER && player->first_frame_ms) playing++;
    if (player->role == STALLING) stalling++;
    if (player->was_late) late++;
    messages += player->checked_messages;
    video += player->video_messages;
    audio += player->audio_messages;
    corrupt += player->corrupt;
    lost += player->lost;
  }
  printf("{\"players\":%d,\"playing\":%ld,\"stalling\":%ld,\"failed\":%ld,\"closed\":%ld,", plan.players, playing, stalling,
         audience.failed, audience.closed);
  printf("\"fault\":\"");
  for (const char *c = audience.first_fault; *c; c++) putchar(*c < 32 || *c > 126 || *c == '"' || *c == '\\' ? '.' : *c);
  printf("\",\"seconds\":%.3f,\"bits_per_second\":%.0f,", seconds, (last.received_bytes - begin.received_bytes) * 8 / seconds);
  if (gauge.count)
    printf("\"cpu_seconds\":%.6f,\"resident_bytes\":%.0f,\"most_resident_bytes\":%.0f,", last.cpu_seconds - begin.cpu_seconds,
           gauge_resident_bytes(&gauge), most_resident_bytes);
  else printf("\"cpu_seconds\":null,\"resident_bytes\":null,\"most_resident_bytes\":null,");
  samples_print(&first_frame_ms, "first_frame_ms");
  putchar(',');
  samples_print(&audience.latency_ms, "latency_ms");
  putchar(',');
  samples_print(&audience.late_ms, "late_ms");
  if (audience.is_recorded) printf(",\"late_players\":%ld,", late);
  else printf(",\"late_players\":null,");
  samples_print(&longest_gap_ms, "longest_gap_ms");
  printf(",\"messages\":%lu,\"video\":%lu,\"audio\":%lu,\"corrupt\":%lu,\"lost\":%lu,", messages, video, audio, corrupt, lost);
  printf("\"handshakes\":%zu,\"failed_handshakes\":%ld,", handshake_ms.count, failed_handshakes);
  samples_print(&handshake_ms, "handshake_ms");
  printf(",\"own_cpu_seconds\":%.3f}\n", last.own_cpu_seconds - begin.own_cpu_seconds);
  return corrupt || lost || audience.failed || audience.closed || failed_handshakes;
}

static void hear_cues(void) {
  char words[64];
  ssize_t got = read(STDIN_FILENO, words, sizeof words);
  if (got <= 0) is_over = true;
  else is_cued_on = true;
}

/* From now on the next measurement counts. */
static struct standing begin_measurement(double *most_resident_bytes) {
  audience.latency_ms.count = audience.late_ms.count = handshake_ms.count = 0;
  for (int i = 0; i < plan.players; i++) {
    players[i].longest_gap_ms = 0;
    players[i].was_late = false;
  }
  audience.is_measuring = true;
  *most_resident_bytes = 0;
  return take_standing();
}

static void wait_and_serve(int timeout_ms) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(poller, events, EVENTS, timeout_ms);
  for (int i = 0; i < count; i++) {
    uint64_t number = events[i].data.u64;
    if (number == CUES) hear_cues();
    else if (number < (uint64_t)plan.players) serve_player(number);
    else serve_handshake(number - plan.players);
  }
}

static int run(void) {
  double began_at = now_seconds(), all_open_at = 0, looked_at = 0, most_resident_bytes = 0;
  struct standing begin = {0};
  long opened = 0, shaken = 0;
  for (;;) {
    double now = now_seconds();
    while (opened < plan.players && opened <= (now - began_at) * plan.ramp) open_player(opened++);
    if (opened == plan.players && !all_open_at) {
      all_open_at = now;
      if (plan.is_cued) watch(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, CUES);
      if (plan.is_cued) printf("{\"players\":%d}\n", plan.players);
    }
    while (all_open_at && shaken < (now - all_open_at) * plan.handshakes_per_second) {
      open_handshake();
      shaken++;
    }
    if (is_over) return 0;
    if (is_cued_on) {
      is_cued_on = false;
      if (audience.is_measuring) report(begin, most_resident_bytes);
      begin = begin_measurement(&most_resident_bytes);
    }
    if (all_open_at && !plan.is_cued && !audience.is_measuring && now - all_open_at >= plan.warm_up)
      begin = begin_measurement(&most_resident_bytes);
    if (audience.is_measuring && now - looked_at >= 0.25) {
      double resident_bytes = gauge_resident_bytes(&gauge);
      if (resident_bytes > most_resident_bytes) most_resident_bytes = resident_bytes;
      looked_at = now;
    }
    if (audience.is_measuring && !plan.is_cued && now - begin.at >= plan.seconds) return report(begin, most_resident_bytes);
    wait_and_serve(opened < plan.players || plan.handshakes_per_second ? 2 : 50);
  }
}

static void read_options(int count, char **words) {
  enum { PORT = 1, PATH, STREAMS, PATHS, HTTP, TLS, PLAYERS, RAMP, WARM_UP, SECONDS, PROBES, STALL, HANDSHAKES, PID, CUED, RECORDED };
  static const struct option options[] = {
      {"port", 1, 0, PORT},       {"path", 1, 0, PATH},       {"streams", 1, 0, STREAMS}, {"paths", 1, 0, PATHS},
      {"http", 0, 0, HTTP},       {"tls", 0, 0, TLS},         {"players", 1, 0, PLAYERS}, {"ramp", 1, 0, RAMP},
      {"warm-up", 1, 0, WARM_UP}, {"seconds", 1, 0, SECONDS}, {"probes", 1, 0, PROBES},   {"stalled", 1, 0, STALL},
      {"handshakes", 1, 0, HANDSHAKES}, {"pid", 1, 0, PID}, {"cued", 0, 0, CUED}, {"recorded", 0, 0, RECORDED}, {0}};
  const char *path = NULL, *file = NULL;
  int streams = 1, option;
  while ((option = getopt_long(count, words, "", options, NULL)) != -1) switch (option) {
    case PORT: audience.port = atoi(optarg); break;
    case PATH: path = optarg; break;
    case STREAMS: streams = atoi(optarg); break;
    case PATHS: file = optarg; break;
    case HTTP: audience.is_http = true; break;
    case TLS: audience.tls = tls_client(); break;
    case PLAYERS: plan.players = atoi(optarg); break;
    case RAMP: plan.ramp = atof(optarg); break;
    case WARM_UP: plan.warm_up = atof(optarg); break;
    case SECONDS: plan.seconds = atof(optarg); break;
    case PROBES: plan.probes = atoi(optarg); break;
    case STALL: plan.stalled_percent = atof(optarg); break;
    case HANDSHAKES: plan.handshakes_per_second = atof(optarg); break;
    case CUED: plan.is_cued = true; break;
    case RECORDED: audience.is_recorded = true; break;
    case PID: gauge_add(&gauge, atoi(optarg)); break;
    default: give_up("usage: players --port PORT --path PATH [options], which stand at the top of players.c");
    }
  if (!audience.port || (!path && !file) || plan.players < 1 || streams < 1 || plan.ramp <= 0)
    give_up("usage: players --port PORT --path PATH [options]: --port and --path are needed, and at least one player and stream");
  if (plan.probes > plan.players) plan.probes = plan.players;
  if (plan.handshakes_per_second && !audience.tls) give_up("--handshakes needs --tls");
  plan.paths = file ? paths_of_file(file) : paths_of_pattern(path, streams);
}

int main(int count, char **words) {
  read_options(count, words);
  prepare_for_sockets();
  setlinebuf(stdout);
  poller = epoll_create1(EPOLL_CLOEXEC);
  players = allocate(plan.players, sizeof *players);
  handshakes = allocate(MAX_HANDSHAKES, sizeof *handshakes);
  return run();
}
