#ifndef CLOCK_H
#define CLOCK_H
#include <time.h>

/* The machine's monotonic clock, which all its processes share, in seconds. */
static inline double now_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

#endif
