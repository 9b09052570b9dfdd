#include "process-gauge.h"
#include "bytes.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void gauge_add(struct process_gauge *gauge, int pid) {
  if (gauge->count == (int)(sizeof gauge->pids / sizeof *gauge->pids)) give_up("too many processes to be measured");
  gauge->pids[gauge->count++] = pid;
}

double gauge_cpu_seconds(const struct process_gauge *gauge) {
  double sum = 0;
  for (int i = 0; i < gauge->count; i++) {
    clockid_t clock; /* counts nanoseconds, where /proc/PID/stat has ticks of ten milliseconds */
    struct timespec time;
    if (clock_getcpuclockid(gauge->pids[i], &clock) == 0 && clock_gettime(clock, &time) == 0)
      sum += time.tv_sec + time.tv_nsec * 1e-9;
  }
  return sum;
}

double gauge_resident_bytes(const struct process_gauge *gauge) {
  double sum = 0;
  for (int i = 0; i < gauge->count; i++) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", gauge->pids[i]);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    if (fscanf(file, "%*d %ld", &pages) == 1) sum += (double)pages * sysconf(_SC_PAGESIZE);
    fclose(file);
  }
  return sum;
}
