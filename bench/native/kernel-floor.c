/*
 * kernel-floor: the least that a fan-out can do on this machine. It answers every GET with an endless FLV body, and in every window it
 * writes one shared buffer, a tag of a keyframe, once to each player; nothing else.
 *
 *   kernel-floor --port PORT [--window MS] [--rate BYTES] [--sendfile]
 *
 *   --port PORT      where it listens on 127.0.0.1
 *   --window MS      milliseconds from one write to the next: 100
 *   --rate BYTES     bytes a second for each player: 272500, 2.18 Mb/s
 *   --sendfile       from a file in memory, by sendfile instead of send
 *
 * It goes on until it is ended by a signal. What a player's socket does not take is left out, as is what a player sends.
 */
#define _GNU_SOURCE
#include "bytes.h"
#include "wire/chunk.h"
#include "clock.h"
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PLAYERS 100000
/* How often it looks for new players, seconds. */
#define LOOK_SECONDS 0.001

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\n"
                             "FLV\1\5\0\0\0\t\0\0\0";

static int players[MAX_PLAYERS], count;

static int listen_on(int port) {
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) give_up("cannot listen on port %d", port);
  return listener;
}

/* A tag of video that is a keyframe, with its PreviousTagSize. */
static struct bytes make_tag(size_t length) {
  struct bytes tag = {0};
  if (length < 32) give_up("too little is to be written in a window");
  bytes_reserve(&tag, length);
  memset(tag.at, 0, length);
  tag.length = length;
  tag.at[0] = VIDEO;
  put_u24(tag.at + 1, length - 15);
  tag.at[11] = 0x17;
  tag.at[12] = 1;
  put_u32(tag.at + length - 4, length - 4);
  return tag;
}

static void accept_players(int listener) {
  int player, on = 1;
  while (count < MAX_PLAYERS && (player = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(player, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    send(player, answer, sizeof answer, MSG_NOSIGNAL); /* with the 0 at its end, the last byte of the first PreviousTagSize */
    players[count++] = player;
  }
}

static void sleep_for(double seconds) {
  struct timespec time = {0, seconds * 1e9};
  if (seconds > 0) nanosleep(&time, NULL);
}

int main(int argument_count, char **words) {
  enum { PORT = 1, WINDOW, RATE, SENDFILE };
  static const struct option options[] = {{"port", 1, 0, PORT}, {"window", 1, 0, WINDOW}, {"rate", 1, 0, RATE}, {"sendfile", 0, 0, SENDFILE}, {0}};
  int port = 0, option, file = -1;
  double window = 0.1, rate = 272500;
  bool sends_file = false;
  while ((option = getopt_long(argument_count, words, "", options, NULL)) != -1) switch (option) {
    case PORT: port = atoi(optarg); break;
    case WINDOW: window = atof(optarg) / 1e3; break;
    case RATE: rate = atof(optarg); break;
    case SENDFILE: sends_file = true; break;
    default: give_up("usage: kernel-floor --port PORT [--window MS] [--rate BYTES] [--sendfile]");
    }
  if (!port || window <= 0) give_up("usage: kernel-floor --port PORT [--window MS] [--rate BYTES] [--sendfile]");
  prepare_for_sockets();
  struct bytes tag = make_tag(rate * window);
  if (sends_file && ((file = memfd_create("tag", 0)) < 0 || write(file, tag.at, tag.length) != (ssize_t)tag.length)) give_up("no file in memory");
  int listener = listen_on(port);
  for (double next = now_seconds() + window;;) {
    accept_players(listener);
    double left = next - now_seconds();
    if (left > LOOK_SECONDS) {
      sleep_for(LOOK_SECONDS);
      continue;
    }
    sleep_for(left);
    next += window;
    for (int i = 0; i < count; i++) {
      off_t from = 0;
      if (sends_file) sendfile(players[i], file, &from, tag.length);
      else send(players[i], tag.at, tag.length, MSG_NOSIGNAL);
    }
  }
}
