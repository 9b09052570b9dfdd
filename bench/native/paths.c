#include "paths.h"
#include "bytes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH_LENGTH 4096

struct paths paths_of_pattern(const char *pattern, int count) {
  const char *mark = strstr(pattern, "%d");
  struct paths paths = {.count = mark ? count : 1};
  paths.all = allocate(paths.count, sizeof *paths.all);
  for (int i = 0; i < paths.count; i++) {
    paths.all[i] = allocate(strlen(pattern) + 12, 1);
    if (mark) sprintf(paths.all[i], "%.*s%d%s", (int)(mark - pattern), pattern, i + 1, mark + 2);
    else strcpy(paths.all[i], pattern);
  }
  return paths;
}

struct paths paths_of_file(const char *name) {
  struct paths paths = {0};
  char line[MAX_PATH_LENGTH];
  FILE *file = fopen(name, "r");
  if (!file) give_up("cannot read %s", name);
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\r\n")] = 0;
    if (!*line) continue;
    paths.all = realloc(paths.all, (paths.count + 1) * sizeof *paths.all);
    if (!paths.all || !(paths.all[paths.count++] = strdup(line))) give_up("no memory for the paths of %s", name);
  }
  fclose(file);
  if (!paths.count) give_up("%s has no paths", name);
  return paths;
}
