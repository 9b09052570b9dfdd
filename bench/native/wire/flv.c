#include "flv.h"
#include "chunk.h"

size_t read_tag(uint8_t *at, size_t length, struct tag *tag) {
  if (length < 11) return 0;
  uint32_t payload_length = get_u24(at + 1);
  size_t whole = 11 + (size_t)payload_length + 4;
  if (length < whole) return 0;
  *tag = (struct tag){at[0] & 31, get_u24(at + 4) | (uint32_t)at[7] << 24, payload_length, at + 11};
  return whole;
}

bool is_sequence_header(const struct tag *tag) {
  if (tag->length < 2) return false;
  uint8_t first = tag->payload[0], second = tag->payload[1];
  if (tag->type == VIDEO && first & 0x80) return (first & 15) == 0;
  if (tag->type == VIDEO) return (first & 15) == 7 && second == 0;
  return tag->type == AUDIO && first >> 4 == 10 && second == 0;
}

bool is_keyframe(const uint8_t *payload, uint32_t length) {
  if (length < 2 || (payload[0] >> 4 & 7) != 1) return false;
  return payload[0] & 0x80 ? (payload[0] & 15) != 0 : payload[1] == 1;
}
