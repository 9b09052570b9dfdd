#include "bytes.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

void bytes_reserve(struct bytes *bytes, size_t more) {
  if (bytes->capacity - bytes->length >= more) return;
  size_t capacity = bytes->capacity ? bytes->capacity : 4096;
  while (capacity - bytes->length < more) capacity *= 2;
  bytes->at = realloc(bytes->at, capacity);
  if (!bytes->at) give_up("no memory for %zu bytes", capacity);
  bytes->capacity = capacity;
}

void bytes_append(struct bytes *bytes, const void *from, size_t length) {
  bytes_reserve(bytes, length);
  memcpy(bytes->at + bytes->length, from, length);
  bytes->length += length;
}

void bytes_consume(struct bytes *bytes, size_t length) {
  bytes->length -= length;
  if (length && bytes->length) memmove(bytes->at, bytes->at + length, bytes->length);
}

void bytes_free(struct bytes *bytes) {
  free(bytes->at);
  *bytes = (struct bytes){0};
}

void put_u16(uint8_t *at, uint32_t value) {
  at[0] = value >> 8;
  at[1] = value;
}

void put_u24(uint8_t *at, uint32_t value) {
  at[0] = value >> 16;
  put_u16(at + 1, value);
}

void put_u32(uint8_t *at, uint32_t value) {
  at[0] = value >> 24;
  put_u24(at + 1, value);
}

void put_u64(uint8_t *at, uint64_t value) {
  put_u32(at, value >> 32);
  put_u32(at + 4, value);
}

uint32_t get_u24(const uint8_t *at) { return at[0] << 16 | at[1] << 8 | at[2]; }

uint32_t get_u32(const uint8_t *at) { return (uint32_t)at[0] << 24 | get_u24(at + 1); }

uint64_t get_u64(const uint8_t *at) { return (uint64_t)get_u32(at) << 32 | get_u32(at + 4); }

void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) give_up("no memory for %zu times %zu bytes", count, size);
  return memory;
}

void give_up(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(2);
}

void prepare_for_sockets(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
}
