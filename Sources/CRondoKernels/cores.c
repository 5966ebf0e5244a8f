#define _GNU_SOURCE
#include "rondo_kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

static bool read_numbers(const char *path, long *first, long *second) {
  FILE *file = fopen(path, "r");
  if (!file) return false;
  int count = fscanf(file, "%ld %ld", first, second);
  fclose(file);
  return count >= 1;
}

// The quota of one group in cores, rounded up; 0 where it has none ("max" in version 2, -1 in version 1).
static long quota_of(const char *group, bool is_version_2) {
  char path[8192];
  long quota = 0, period = 0, unused = 0;
  if (is_version_2) {
    if (snprintf(path, sizeof path, "%s/cpu.max", group) >= (int)sizeof path) return 0;
    if (!read_numbers(path, &quota, &period)) return 0;
  } else {
    if (snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", group) >= (int)sizeof path) return 0;
    if (!read_numbers(path, &quota, &unused)) return 0;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", group);
    if (!read_numbers(path, &period, &unused)) return 0;
  }
  if (quota <= 0 || period <= 0) return 0;
  return quota / period + (quota % period != 0);
}

// The smallest quota of a group and of all those it lies in. In a container the path may be the host's, where there is
// nothing; the root is then the container's own group.
static long smallest_quota(const char *root, const char *group, bool is_version_2) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s%s", root, group) >= (int)sizeof path) return 0;
  size_t root_length = strlen(root);
  long smallest = 0;
  for (;;) {
    long quota = quota_of(path, is_version_2);
    if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
    char *slash = strrchr(path + root_length, '/');
    if (!slash) return smallest;
    *slash = 0;
  }
}

static bool has_cpu(char *controllers) {
  char *rest = NULL;
  for (char *name = strtok_r(controllers, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
    if (strcmp(name, "cpu") == 0) return true;
  return false;
}

long rondo_cgroup_cores(const char *membership, const char *root) {
  FILE *file = fopen(membership, "r");
  if (!file) return 0;
  long smallest = 0;
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, file) > 0) {
    // NUMBER:CONTROLLERS:PATH; version 2 has the number 0 and no controllers.
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group || group[1] != '/') continue;
    *group++ = 0;
    controllers++;
    long quota = 0;
    if (*controllers == 0) {
      quota = smallest_quota(root, group, true);
    } else if (has_cpu(controllers)) {
      char hierarchy[4096];
      if (snprintf(hierarchy, sizeof hierarchy, "%s/cpu", root) >= (int)sizeof hierarchy) continue;
      quota = smallest_quota(hierarchy, group, false);
    }
    if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
  }
  free(line);
  fclose(file);
  return smallest;
}

int rondo_available_cores(void) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set);
  long allowed = rondo_cgroup_cores("/proc/self/cgroup", "/sys/fs/cgroup");
  if (allowed > 0 && allowed < cores) cores = allowed;
#endif
  return cores < 1 ? 1 : (int)cores;
}
