#define _GNU_SOURCE
#include "http-body.h"
#include <ctype.h>
#include <string.h>

enum head http_read_head(struct http_body *body, struct bytes *in) {
  uint8_t *end = in->length ? memmem(in->at, in->length, "\r\n\r\n", 4) : NULL;
  if (!end) return HEAD_PART;
  if (memcmp(in->at, "HTTP/1.", 7) != 0 || memcmp(in->at + 8, " 200", 4) != 0) return HEAD_REFUSED;
  body->is_chunked = memmem(in->at, end - in->at, "hunked", 6) != NULL;
  bytes_consume(in, end + 4 - in->at);
  http_unframe(body, in, in->length);
  return HEAD_GOOD;
}

static uint64_t digit(uint8_t c) { return isdigit(c) ? c - '0' : (c | 32) - 'a' + 10; }

void http_unframe(struct http_body *body, struct bytes *in, size_t length) {
  if (!body->is_chunked) return;
  uint8_t *from = in->at + in->length - length, *end = in->at + in->length, *to = from;
  while (from < end) {
    if (body->is_in_chunk) {
      size_t part = (size_t)(end - from) < body->left ? (size_t)(end - from) : body->left;
      memmove(to, from, part);
      to += part;
      from += part;
      body->left -= part;
      body->is_in_chunk = body->left > 0;
    } else {
      uint8_t c = *from++;
      if (c == '\n') body->is_in_chunk = body->left > 0;
      else if (isxdigit(c)) body->left = body->left * 16 + digit(c);
    }
  }
  in->length = to - in->at;
}
