#ifndef SAMPLES_H
#define SAMPLES_H
#include <stddef.h>

/* Numbers whose percentiles are wanted. All zero is none. */
struct samples {
  double *values;
  size_t count;
  size_t capacity;
};

void samples_add(struct samples *samples, double value);
/* Prints `"name":{"p50":…,"p99":…,"max":…,"count":…}`, or `null` for the object where there are none; sorts the samples. */
void samples_print(struct samples *samples, const char *name);

#endif
