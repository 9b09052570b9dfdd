#ifndef HTTP_BODY_H
#define HTTP_BODY_H
/* The answer to a GET: its head, and a body that may be in chunks. RFC 9112 sections 4 and 7.1. */
#include "../bytes.h"
#include <stdbool.h>

struct http_body {
  bool is_chunked;
  bool is_in_chunk;
  uint64_t left; /* of a chunk; of its size, what has been read */
};

enum head { HEAD_PART, HEAD_GOOD, HEAD_REFUSED };

/* Takes a whole head from the front of `in`, and the framing out of what is behind it. */
enum head http_read_head(struct http_body *body, struct bytes *in);
/* Takes the framing out of the last `length` bytes of `in`. */
void http_unframe(struct http_body *body, struct bytes *in, size_t length);

#endif
