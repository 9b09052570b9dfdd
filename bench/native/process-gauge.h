#ifndef PROCESS_GAUGE_H
#define PROCESS_GAUGE_H

/* What processes use, together: those of one server. */
struct process_gauge {
  int pids[64];
  int count;
};

void gauge_add(struct process_gauge *gauge, int pid);
/* CPU time of all threads that they have had, user and system, seconds. */
double gauge_cpu_seconds(const struct process_gauge *gauge);
/* Resident memory, bytes. */
double gauge_resident_bytes(const struct process_gauge *gauge);

#endif
