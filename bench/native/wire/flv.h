#ifndef FLV_H
#define FLV_H
/* FLV, of which tags have the types of RTMP messages. FLV 10.1 annex E. */
#include "../bytes.h"
#include <stdbool.h>

#define FLV_HEADER_BYTES 13 /* with the first PreviousTagSize */

struct tag {
  uint8_t type;
  uint32_t timestamp;
  uint32_t length;
  uint8_t *payload;
};

/* Reads a whole tag. Returns how many bytes it takes with its PreviousTagSize, 0 while it is not whole. */
size_t read_tag(uint8_t *at, size_t length, struct tag *tag);
/* Whether a tag is a sequence header: AVC or AAC, or of Enhanced RTMP. */
bool is_sequence_header(const struct tag *tag);
/* Whether a payload of video begins with a keyframe that is no sequence header. */
bool is_keyframe(const uint8_t *payload, uint32_t length);

#endif
