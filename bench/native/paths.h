#ifndef PATHS_H
#define PATHS_H

/* The paths of the streams that a program plays or publishes. */
struct paths {
  char **all;
  int count;
};

/* `pattern` with %d as 1, 2, … `count`; one path where it has no %d. */
struct paths paths_of_pattern(const char *pattern, int count);
/* The lines of a file. */
struct paths paths_of_file(const char *name);

#endif
