/*
 * Preloaded into a server to make its disk slow: every sync takes SLOW_SYNC_MICROS longer, and
 * doesn't return for as long as the file SLOW_SYNC_GATE is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void slow(void) {
  const char *micros = getenv("SLOW_SYNC_MICROS");
  const char *gate = getenv("SLOW_SYNC_GATE");
  if (micros != NULL) {
    usleep((useconds_t) atol(micros));
  }
  while (gate != NULL && access(gate, F_OK) == 0) {
    usleep(1000);
  }
}

int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
  slow();
  return real(fd);
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
  slow();
  return real(fd);
}
