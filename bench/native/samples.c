#include "samples.h"
#include "bytes.h"
#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *samples, double value) {
  if (samples->count == samples->capacity) {
    samples->capacity = samples->capacity ? samples->capacity * 2 : 4096;
    samples->values = realloc(samples->values, samples->capacity * sizeof(double));
    if (!samples->values) give_up("no memory for %zu samples", samples->capacity);
  }
  samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void samples_print(struct samples *samples, const char *name) {
  size_t count = samples->count;
  if (count == 0) {
    printf("\"%s\":null", name);
    return;
  }
  qsort(samples->values, count, sizeof(double), compare);
  printf("\"%s\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"count\":%zu}", name, samples->values[count / 2],
         samples->values[count * 99 / 100], samples->values[count - 1], count);
}
