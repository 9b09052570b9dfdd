/*
 * publishers: publishes an FLV file on one stream or many of a server on this machine, over and over and in real time, over RTMP.
 * The last 16 bytes of every coded message are a stamp (wire/stamp.h): for measuring, not for watching.
 *
 *   publishers --port PORT --path PATH --file FILE [options]
 *
 *   --port PORT        where the server listens on 127.0.0.1
 *   --path PATH        /app/name; with %d in it, which is 1, 2, … --streams, a path for each stream
 *   --streams COUNT    1
 *   --paths FILE       a path in each line instead of --path and --streams
 *   --ramp RATE        streams that begin each second, so that their keyframes are spread: 100
 *   --warm-up SECONDS  from the last stream's beginning to the measurement: 4
 *   --seconds SECONDS  of a measurement; 0, no measurement: 0
 *   --pid PID          of the server, to measure it; again for each of its processes
 *
 * It goes on until it is ended by a signal. It prints a JSON object in a line of its own when every stream is being published, and one
 * when it has measured:
 *
 *   streams            that are published
 *   seconds            that were measured; not in the first line, as what follows
 *   cpu_seconds        of the server in that time, all its processes
 *   resident_bytes     of the server at the end
 *   messages           sent in that time, by all streams
 *   latest_ms          how late a message was sent at most, in that time
 *   own_cpu_seconds    of this program in that time
 *
 * Exit code 1 where a server refuses a stream, closes it or takes nothing of it for 8 MiB; 2 where it could not be run.
 */
#include "wire/chunk.h"
#include "clock.h"
#include "wire/dialogue.h"
#include "wire/flv.h"
#include "paths.h"
#include "process-gauge.h"
#include "wire/stamp.h"
#include "transport.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define EVENTS 512
#define CHUNK_SIZE 4096
#define MAX_UNSENT_BYTES (8 << 20)
/* From the last message of the file to the first of its next turn, milliseconds. */
#define TURN_GAP_MS 33
/* A server that says nothing for so long fails the program, seconds. */
#define ANSWER_SECONDS 10

enum stream_state { CONNECTING, SHAKING_HANDS, IN_DIALOGUE, PUBLISHING };

struct stream {
  struct transport transport;
  enum stream_state state;
  struct place place;
  struct bytes in, unsent;
  struct chunk_reader *chunks;
  double opened_at, began_at;
  size_t next_tag;
  uint32_t turn_ms; /* timestamp at which this turn of the file begins */
  bool is_first_turn;
  uint32_t number; /* of the next stamp */
};

static int port, stream_count;
static struct paths paths;
static struct stream *streams;
static struct process_gauge gauge;
static double ramp = 100, warm_up = 4, seconds;
static struct tag *tags;
static size_t tag_count;
static int poller, publishing;
static long messages;
static double latest_ms;

/* The streams that are published, as a heap: the one whose next message is due first is at 0. */
static int *heap;
static int heap_count;

static void read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) give_up("cannot read %s", name);
  struct bytes media = {0};
  for (size_t got = 1; got;) {
    bytes_reserve(&media, 1 << 20);
    got = fread(media.at + media.length, 1, 1 << 20, file);
    media.length += got;
  }
  fclose(file);
  size_t done = FLV_HEADER_BYTES, size;
  struct tag tag;
  if (media.length < done || memcmp(media.at, "FLV", 3) != 0) give_up("%s is no FLV file", name);
  while ((size = read_tag(media.at + done, media.length - done, &tag))) {
    if (tag_count % 1024 == 0) tags = realloc(tags, (tag_count + 1024) * sizeof *tags);
    if (!tags) give_up("no memory for the tags of %s", name);
    tags[tag_count++] = tag;
    done += size;
  }
  if (!tag_count) give_up("%s has no tags", name);
}

static double due_at(const struct stream *stream) {
  return stream->began_at + (stream->turn_ms + tags[stream->next_tag].timestamp) * 1e-3;
}

static bool is_before(int a, int b) { return due_at(&streams[heap[a]]) < due_at(&streams[heap[b]]); }

static void swap(int a, int b) {
  int kept = heap[a];
  heap[a] = heap[b];
  heap[b] = kept;
}

static void sink(int at) {
  for (int child; (child = 2 * at + 1) < heap_count; at = child) {
    if (child + 1 < heap_count && is_before(child + 1, child)) child++;
    if (!is_before(child, at)) return;
    swap(child, at);
  }
}

static void heap_add(int index) {
  int at = heap_count++;
  heap[at] = index;
  for (; at && is_before(at, (at - 1) / 2); at = (at - 1) / 2) swap(at, (at - 1) / 2);
}

static void fail(const struct stream *stream, const char *what) {
  fprintf(stderr, "%s: %s\n", stream->place.path, what);
  exit(1);
}

static void watch(int operation, struct stream *stream, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = stream};
  epoll_ctl(poller, operation, stream->transport.fd, &event);
}

/* Sends what it can; the rest goes when the socket takes it. */
static void flush(struct stream *stream) {
  bool was_waiting = stream->unsent.length > 0 && stream->state == PUBLISHING;
  ssize_t sent = send(stream->transport.fd, stream->unsent.at, stream->unsent.length, MSG_NOSIGNAL);
  if (sent > 0) bytes_consume(&stream->unsent, sent);
  if (stream->unsent.length > MAX_UNSENT_BYTES) fail(stream, "the server takes too little");
  if (was_waiting || stream->unsent.length) watch(EPOLL_CTL_MOD, stream, EPOLLIN | (stream->unsent.length ? EPOLLOUT : 0));
}

static bool on_message(void *context, const struct message *message) {
  struct stream *stream = context;
  struct answer answer = read_answer(message);
  if (stream->state == PUBLISHING) return true;
  if (answer.kind == ANSWER_RESULT && answer.transaction == TRANSACTION_CONNECT)
    say_release_and_create(&stream->unsent, &stream->place, CHUNK_SIZE);
  else if (answer.kind == ANSWER_RESULT && answer.transaction == TRANSACTION_CREATE_STREAM)
    say_publish(&stream->unsent, &stream->place, CHUNK_SIZE);
  else if (answer.kind == ANSWER_STARTED) {
    stream->state = PUBLISHING;
    stream->began_at = now_seconds();
    publishing++;
    heap_add(stream - streams);
    return true;
  } else if (answer.kind == ANSWER_REFUSED && answer.transaction != 2 && answer.transaction != 3) /* those two are a courtesy */
    fail(stream, "refused");
  else return true;
  flush(stream);
  return true;
}

static void serve(struct stream *stream) {
  if (stream->state == CONNECTING) {
    if (transport_open(&stream->transport) == OPENING_FAILED) fail(stream, "cannot connect");
    say_hello(&stream->unsent);
    stream->state = SHAKING_HANDS;
    watch(EPOLL_CTL_MOD, stream, EPOLLIN);
  }
  if (stream->unsent.length) flush(stream);
  bytes_reserve(&stream->in, 65536);
  ssize_t got = transport_read(&stream->transport, stream->in.at + stream->in.length, 65536);
  if (got == NOTHING_YET) return;
  if (got <= 0) fail(stream, "closed by the server");
  stream->in.length += got;
  if (stream->state == SHAKING_HANDS) {
    if (stream->in.length < 1 + 2 * HANDSHAKE_BYTES) return;
    say_connect(&stream->unsent, stream->in.at, &stream->place, port, "FMLE/3.0 (compatible; publishers)", &(struct bytes){0});
    bytes_consume(&stream->in, 1 + 2 * HANDSHAKE_BYTES);
    stream->state = IN_DIALOGUE;
    flush(stream);
  }
  if (chunk_read(stream->chunks, &stream->in, on_message, stream) == CHUNKS_CORRUPT) fail(stream, "corrupt chunk");
}

static void open_stream(int index) {
  struct stream *stream = &streams[index];
  *stream = (struct stream){.place = place_of(paths.all[index]), .opened_at = now_seconds(), .is_first_turn = true};
  stream->chunks = chunk_reader_new();
  if (!transport_connect(&stream->transport, port, index, false, NULL)) fail(stream, "cannot connect");
  watch(EPOLL_CTL_ADD, stream, EPOLLIN | EPOLLOUT);
}

/* Sends the next message, and finds the one after it: metadata and headers go out in the first turn of the file only. */
static void send_next(struct stream *stream, double now) {
  struct tag *tag = &tags[stream->next_tag];
  double late_ms = (now - due_at(stream)) * 1e3;
  bool is_header = tag->type == DATA_AMF0 || is_sequence_header(tag);
  struct message message = {tag->type, stream->turn_ms + tag->timestamp, 1, tag->length, tag->payload};
  if (tag->length >= LEAST_STAMPED_BYTES && !is_header) stamp_write(tag->payload, tag->length, stream->number++);
  if (tag->type == DATA_AMF0) {
    struct bytes metadata = {0};
    bytes_append(&metadata, "\2\0\15@setDataFrame", 16);
    bytes_append(&metadata, tag->payload, tag->length);
    message.payload = metadata.at;
    message.length = metadata.length;
    chunk_write(&stream->unsent, 4, &message, CHUNK_SIZE);
    bytes_free(&metadata);
  } else chunk_write(&stream->unsent, tag->type == AUDIO ? 4 : 6, &message, CHUNK_SIZE);
  flush(stream);
  messages++;
  if (late_ms > latest_ms) latest_ms = late_ms;
  do {
    if (++stream->next_tag < tag_count) continue;
    stream->turn_ms += tags[tag_count - 1].timestamp + TURN_GAP_MS;
    stream->next_tag = 0;
    stream->is_first_turn = false;
  } while (!stream->is_first_turn && (tags[stream->next_tag].type == DATA_AMF0 || is_sequence_header(&tags[stream->next_tag])));
}

static double own_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* Tells when every stream is there, and what was measured. */
static void measure(double now) {
  static double all_at, begin_at, begin_cpu, begin_own;
  static long begin_messages;
  if (publishing < stream_count) return;
  if (!all_at) {
    all_at = now;
    printf("{\"streams\":%d}\n", publishing);
    fflush(stdout);
  }
  if (!seconds) return;
  if (!begin_at && now - all_at >= warm_up) {
    begin_at = now;
    begin_cpu = gauge_cpu_seconds(&gauge);
    begin_own = own_cpu_seconds();
    begin_messages = messages;
    latest_ms = 0;
  }
  if (!begin_at || now - begin_at < seconds) return;
  printf("{\"streams\":%d,\"seconds\":%.3f,\"cpu_seconds\":%.6f,\"resident_bytes\":%.0f,\"messages\":%ld,\"latest_ms\":%.3f,"
         "\"own_cpu_seconds\":%.3f}\n",
         publishing, now - begin_at, gauge_cpu_seconds(&gauge) - begin_cpu, gauge_resident_bytes(&gauge), messages - begin_messages,
         latest_ms, own_cpu_seconds() - begin_own);
  fflush(stdout);
  seconds = 0;
}

static void run(void) {
  struct epoll_event events[EVENTS];
  double began_at = now_seconds();
  int opened = 0;
  for (;;) {
    double now = now_seconds();
    while (opened < stream_count && opened <= (now - began_at) * ramp) open_stream(opened++);
    if (publishing < stream_count && now - began_at > stream_count / ramp + ANSWER_SECONDS) {
      fprintf(stderr, "only %d of %d streams are being published\n", publishing, stream_count);
      exit(1);
    }
    for (; heap_count && due_at(&streams[heap[0]]) <= now; now = now_seconds()) {
      send_next(&streams[heap[0]], now);
      sink(0);
    }
    measure(now);
    double wait = heap_count ? due_at(&streams[heap[0]]) - now_seconds() : 0.002;
    if (opened < stream_count && wait > 0.002) wait = 0.002;
    struct timespec timeout = {0, wait > 0.05 ? 50000000 : wait > 0 ? wait * 1e9 : 0};
    int count = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
    for (int i = 0; i < count; i++) serve(events[i].data.ptr);
  }
}

static void read_options(int count, char **words) {
  enum { PORT = 1, PATH, STREAMS, PATHS, MEDIA, RAMP, WARM_UP, SECONDS, PID };
  static const struct option options[] = {{"port", 1, 0, PORT},   {"path", 1, 0, PATH}, {"streams", 1, 0, STREAMS},
                                          {"paths", 1, 0, PATHS}, {"file", 1, 0, MEDIA}, {"ramp", 1, 0, RAMP},
                                          {"warm-up", 1, 0, WARM_UP}, {"seconds", 1, 0, SECONDS}, {"pid", 1, 0, PID}, {0}};
  const char *path = NULL, *path_file = NULL, *media = NULL;
  int asked = 1, option;
  while ((option = getopt_long(count, words, "", options, NULL)) != -1) switch (option) {
    case PORT: port = atoi(optarg); break;
    case PATH: path = optarg; break;
    case STREAMS: asked = atoi(optarg); break;
    case PATHS: path_file = optarg; break;
    case MEDIA: media = optarg; break;
    case RAMP: ramp = atof(optarg); break;
    case WARM_UP: warm_up = atof(optarg); break;
    case SECONDS: seconds = atof(optarg); break;
    case PID: gauge_add(&gauge, atoi(optarg)); break;
    default: give_up("usage: publishers --port PORT --path PATH --file FILE [options], which stand at the top of publishers.c");
    }
  if (!port || (!path && !path_file) || !media || asked < 1 || ramp <= 0)
    give_up("usage: publishers --port PORT --path PATH --file FILE [options]: these three are needed, and at least one stream");
  paths = path_file ? paths_of_file(path_file) : paths_of_pattern(path, asked);
  stream_count = paths.count;
  read_file(media);
}

int main(int count, char **words) {
  read_options(count, words);
  prepare_for_sockets();
  poller = epoll_create1(EPOLL_CLOEXEC);
  streams = allocate(stream_count, sizeof *streams);
  heap = allocate(stream_count, sizeof *heap);
  run();
}
