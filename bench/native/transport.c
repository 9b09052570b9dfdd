#include "transport.h"
#include "bytes.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_PER_ADDRESS 20000
#define MAX_DISCARD (1 << 20)
#define REMOTE_RECEIVE_BYTES 16384
/* Segments of loopback hold 64 KiB, and the kernel gives a sender room for twenty. */
#define ETHERNET_SEGMENT_BYTES 1448

SSL_CTX *tls_client(void) {
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  if (!tls) give_up("TLS cannot be set up");
  SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  return tls;
}

static struct sockaddr_in loopback(uint32_t last, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(0x7f000000 + last);
  return address;
}

bool transport_connect(struct transport *transport, int port, long number, bool is_remote, SSL_CTX *tls) {
  int on = 1;
  transport->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (transport->fd < 0) give_up("no socket for connection %ld: is the open-files limit too low?", number + 1);
  setsockopt(transport->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (is_remote) {
    int receive_bytes = REMOTE_RECEIVE_BYTES, segment_bytes = ETHERNET_SEGMENT_BYTES;
    setsockopt(transport->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    setsockopt(transport->fd, IPPROTO_TCP, TCP_MAXSEG, &segment_bytes, sizeof segment_bytes);
  }
  if (number >= CONNECTIONS_PER_ADDRESS) {
    struct sockaddr_in from = loopback(2 + number / CONNECTIONS_PER_ADDRESS % 250, 0);
    bind(transport->fd, (struct sockaddr *)&from, sizeof from);
  }
  transport->tls = tls ? SSL_new(tls) : NULL;
  if (transport->tls) SSL_set_fd(transport->tls, transport->fd);
  struct sockaddr_in to = loopback(1, port);
  return connect(transport->fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS;
}

enum opening transport_open(struct transport *transport) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    errno = error;
    return OPENING_FAILED;
  }
  if (!transport->tls) return OPEN;
  int done = SSL_connect(transport->tls);
  if (done == 1) return OPEN;
  int wants = SSL_get_error(transport->tls, done);
  return wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE ? OPENING : OPENING_FAILED;
}

static ssize_t outcome_of(ssize_t got) {
  if (got >= 0) return got;
  return errno == EAGAIN ? NOTHING_YET : BROKEN;
}

ssize_t transport_read(struct transport *transport, void *into, size_t length) {
  if (!transport->tls) return outcome_of(recv(transport->fd, into, length, 0));
  int got = SSL_read(transport->tls, into, length);
  if (got > 0) return got;
  switch (SSL_get_error(transport->tls, got)) {
  case SSL_ERROR_WANT_READ: return NOTHING_YET;
  case SSL_ERROR_ZERO_RETURN: return 0;
  default: return BROKEN;
  }
}

ssize_t transport_discard(struct transport *transport) {
  return outcome_of(recv(transport->fd, NULL, MAX_DISCARD, MSG_TRUNC));
}

bool transport_write(struct transport *transport, const void *from, size_t length) {
  if (!transport->tls) return send(transport->fd, from, length, MSG_NOSIGNAL) == (ssize_t)length;
  return SSL_write(transport->tls, from, length) == (int)length;
}

void transport_close(struct transport *transport) {
  struct linger reset = {1, 0};
  if (transport->fd < 0) return;
  if (transport->tls) SSL_free(transport->tls);
  setsockopt(transport->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(transport->fd);
  *transport = (struct transport){.fd = -1};
}
