#ifndef TRANSPORT_H
#define TRANSPORT_H
/* A connection to a server on this machine that never blocks, plain or over TLS. */
#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/types.h>

struct transport {
  int fd;
  SSL *tls; /* NULL where it is plain */
};

/* TLS that believes everybody and makes every handshake a full one. */
SSL_CTX *tls_client(void);

/*
 * Begins to connect. `number`: how many connections there were before; beyond 20,000 they come from other addresses of 127.0.0.0/8,
 * since one has not ports enough. `is_remote`: as if over Ethernet from a machine that keeps little of what is not read; else the
 * kernel may keep megabytes at both ends of a connection that stays on this one. Returns false where that is refused at once.
 */
bool transport_connect(struct transport *transport, int port, long number, bool is_remote, SSL_CTX *tls);

enum opening { OPENING, OPEN, OPENING_FAILED };

/* Goes on with connecting and the TLS handshake; to be called when the socket is ready. */
enum opening transport_open(struct transport *transport);

#define NOTHING_YET -1
#define BROKEN -2

/* Reads what is there. Returns its length, 0 at the end, `NOTHING_YET` or `BROKEN`. */
ssize_t transport_read(struct transport *transport, void *into, size_t length);
/* Has the kernel throw away what is there, of TLS as it came over the wire: nothing can be read afterwards. Returns as `transport_read`. */
ssize_t transport_discard(struct transport *transport);
/* Writes all of it; false where the server takes nothing. */
bool transport_write(struct transport *transport, const void *from, size_t length);
/* Closes at once, with a reset: the port is free again. */
void transport_close(struct transport *transport);

#endif
