#ifndef STAMP_H
#define STAMP_H
/*
 * The last 16 bytes of every coded message that `publishers` sends: "FNL2", a sequence number (32 bits), and the monotonic clock in
 * nanoseconds when it was sent (64 bits), big-endian. Those of `streampump load --publish` are the same.
 */
#include "../bytes.h"
#include "../clock.h"
#include <stdbool.h>
#include <string.h>

#define STAMP_BYTES 16
/* Shorter messages have none. */
#define LEAST_STAMPED_BYTES 25

struct stamp {
  uint32_t number;
  double sent_at; /* seconds */
};

static inline void stamp_write(uint8_t *payload, uint32_t length, uint32_t number) {
  uint8_t *at = payload + length - STAMP_BYTES;
  memcpy(at, "FNL2", 4);
  put_u32(at + 4, number);
  put_u64(at + 8, now_seconds() * 1e9);
}

static inline bool stamp_read(const uint8_t *payload, uint32_t length, struct stamp *stamp) {
  const uint8_t *at = payload + length - STAMP_BYTES;
  if (length < LEAST_STAMPED_BYTES || memcmp(at, "FNL2", 4) != 0) return false;
  *stamp = (struct stamp){get_u32(at + 4), get_u64(at + 8) * 1e-9};
  return true;
}

#endif
