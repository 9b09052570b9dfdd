#ifndef BYTES_H
#define BYTES_H
#include <stddef.h>
#include <stdint.h>

/* Bytes in memory that grows. All zero is an empty one. */
struct bytes {
  uint8_t *at;
  size_t length;
  size_t capacity;
};

/* Makes room for so many more bytes behind those that are there. */
void bytes_reserve(struct bytes *bytes, size_t more);
void bytes_append(struct bytes *bytes, const void *from, size_t length);
/* Takes bytes away from the front. */
void bytes_consume(struct bytes *bytes, size_t length);
void bytes_free(struct bytes *bytes);

/* Big-endian numbers of 2, 3, 4 and 8 bytes. */
void put_u16(uint8_t *at, uint32_t value);
void put_u24(uint8_t *at, uint32_t value);
void put_u32(uint8_t *at, uint32_t value);
void put_u64(uint8_t *at, uint64_t value);
uint32_t get_u24(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);

/* Memory that is all zero; ends the process where there is none. */
void *allocate(size_t count, size_t size);
/* Ends the process with a sentence on standard error, and code 2. */
void give_up(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Lets the process have as many sockets as it may, and live on where a peer has closed one. */
void prepare_for_sockets(void);

#endif
