/*
 * Preloaded into a server, it writes down every call that changes a folder (SYSCALLS_FOLDER), data
 * included, in a trace (SYSCALLS_TRACE), and makes calls fail or fall short as it is told by a file
 * that both sides map into memory (SYSCALLS_CONTROL).
 *
 * The order of the trace is the order in which things happened: a call is made and written down
 * under one lock. Only syncs are made without it. They are written down twice, before they begin and
 * when they have ended: a sync covers what was written down before it began. So whoever has seen the
 * effect of a call finds it in the trace.
 *
 * Calls of the kernel are made by syscall(2), which this library doesn't replace. A way to change a
 * file that isn't modelled is written down as such, and fails the test that reads the trace.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 65536
#define EXPORT __attribute__((visibility("default")))

/* What stands in the trace; EventKind.java has the same order. */
enum event {
  OPEN,
  CLOSE,
  DUPLICATE,
  WRITE,
  TRUNCATE,
  SYNC_BEGIN,
  SYNC_END,
  RENAME,
  LINK,
  UNLINK,
  MKDIR,
  RMDIR,
  NOT_MODELLED
};

/* What can be made to fail; CallKind.java has the same order. */
enum call {
  CALL_OPEN,
  CALL_READ,
  CALL_WRITE,
  CALL_SYNC,
  CALL_TRUNCATE,
  CALL_RENAME,
  CALL_LINK,
  CALL_UNLINK,
  CALL_MKDIR,
  CALL_RMDIR,
  CALL_CLOSE
};

static const int ERRORS[] = {EIO, ENOSPC, EACCES, EDQUOT, EINTR};

/* Shared with the test; Control.java has the same offsets. */
struct control {
  _Atomic uint64_t position; /* bytes of the trace */
  _Atomic uint64_t busy;     /* whether a call is under way that will be written down */
  _Atomic uint64_t frozen;   /* set by the test: no call begins or ends any more */
  _Atomic uint64_t injected; /* errors so far */
  _Atomic uint64_t shortened; /* short transfers so far */
  _Atomic uint64_t random;   /* state of the generator, never 0 */
  _Atomic uint64_t calls;    /* a bit for each kind of call that may fail */
  _Atomic uint64_t rate;     /* of 65,536 calls so many fail */
  _Atomic uint64_t short_rate;
};

struct header {
  uint32_t length;
  uint32_t kind;
  int32_t fd;
  int32_t error;
  int64_t a;
  int64_t b;
  uint32_t first;
  uint32_t second;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct control *control;
static char folder[4096];
static size_t folder_length;
static int trace = -1;
static _Atomic unsigned char tracked[FILES];

static void die(const char *what) {
  dprintf(2, "syscalls.c: %s: %s\n", what, strerror(errno));
  abort();
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SYSCALLS_FOLDER");
  if (path == NULL) {
    return;
  }
  folder_length = strlen(path);
  if (folder_length >= sizeof folder) {
    die("the folder's name is too long");
  }
  memcpy(folder, path, folder_length + 1);
  int file = syscall(SYS_openat, AT_FDCWD, getenv("SYSCALLS_CONTROL"), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    die("SYSCALLS_CONTROL");
  }
  control = (struct control *)syscall(
      SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (control == MAP_FAILED) {
    die("mapping SYSCALLS_CONTROL");
  }
  syscall(SYS_close, file);
  trace = syscall(
      SYS_openat, AT_FDCWD, getenv("SYSCALLS_TRACE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (trace < 0) {
    die("SYSCALLS_TRACE");
  }
}

static int inside(const char *path) {
  return control != NULL && strncmp(path, folder, folder_length) == 0
      && (path[folder_length] == 0 || path[folder_length] == '/');
}

static int follows(int fd) {
  return control != NULL && fd >= 0 && fd < FILES && tracked[fd];
}

static void track(int fd, int value) {
  if (fd >= FILES) {
    die("too many files");
  }
  tracked[fd] = value;
}

/* Where the power is gone, nothing begins or ends. Whoever holds the lock then keeps it. */
static void enter(void) {
  pthread_mutex_lock(&lock);
  control->busy = 1;
  if (control->frozen) {
    control->busy = 0;
    for (;;) {
      pause();
    }
  }
}

static long leave(long result, int error) {
  control->busy = 0;
  pthread_mutex_unlock(&lock);
  if (result < 0) {
    errno = error;
  }
  return result;
}

static uint64_t draw(void) {
  uint64_t x = control->random;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  control->random = x;
  return x * 0x2545F4914F6CDD1DULL >> 16;
}

/* The error with which this call fails; 0 if it doesn't. Under the lock. */
static int fails(enum call call) {
  if (!(control->calls >> call & 1) || (draw() & 0xFFFF) >= control->rate) {
    return 0;
  }
  control->injected++;
  int error = ERRORS[draw() % (sizeof ERRORS / sizeof *ERRORS)];
  /* Names are never changed halfway. */
  int interruptible = call <= CALL_TRUNCATE || call == CALL_CLOSE;
  return error == EINTR && !interruptible ? EIO : error;
}

static size_t shortened(size_t length) {
  if (length < 2 || (draw() & 0xFFFF) >= control->short_rate) {
    return length;
  }
  control->shortened++;
  return 1 + draw() % (length - 1);
}

static void note(struct header header, const void *first, const void *second) {
  header.length = sizeof header + header.first + header.second;
  struct iovec parts[] = {
    {&header, sizeof header}, {(void *)first, header.first}, {(void *)second, header.second}};
  if (syscall(SYS_writev, trace, parts, 3) != (long)header.length) {
    die("writing the trace");
  }
  control->position += header.length;
}

static void note_path(enum event kind, int fd, int64_t flags, const char *first, const char *second) {
  struct header header = {
    .kind = kind,
    .fd = fd,
    .a = flags,
    .first = strlen(first),
    .second = second == NULL ? 0 : strlen(second)};
  note(header, first, second);
}

static void not_modelled(const char *call) {
  enter();
  note_path(NOT_MODELLED, -1, 0, call, NULL);
  leave(0, 0);
}

static int is_zero(const char *bytes, size_t length) {
  return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Zeros are told by their number alone. */
static void note_write(int fd, int64_t offset, const void *bytes, size_t length) {
  struct header header = {.kind = WRITE, .fd = fd, .a = offset, .b = length};
  header.first = is_zero(bytes, length) ? 0 : length;
  note(header, bytes, NULL);
}

static int do_open(int at, const char *path, int flags, mode_t mode) {
  if (!inside(path)) {
    if (follows(at) && path[0] != '/') {
      not_modelled("openat of a name in an open folder");
    }
    return syscall(SYS_openat, at, path, flags, mode);
  }
  enter();
  int error = fails(CALL_OPEN);
  long fd = -1;
  if (error == 0) {
    fd = syscall(SYS_openat, at, path, flags, mode);
    error = errno;
    if (fd >= 0) {
      track(fd, 1);
      note_path(OPEN, fd, flags & (O_CREAT | O_TRUNC), path, NULL);
    }
  }
  return leave(fd, error);
}

#define MODE(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, mode_t); \
    va_end(more); \
  }

EXPORT int open(const char *path, int flags, ...) {
  MODE(flags)
  return do_open(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...) {
  MODE(flags)
  return do_open(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int at, const char *path, int flags, ...) {
  MODE(flags)
  return do_open(at, path, flags, mode);
}

EXPORT int openat64(int at, const char *path, int flags, ...) {
  MODE(flags)
  return do_open(at, path, flags, mode);
}

EXPORT int creat(const char *path, mode_t mode) {
  return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* Even a close that fails has closed the file, as Linux has it. */
EXPORT int close(int fd) {
  if (!follows(fd)) {
    return syscall(SYS_close, fd);
  }
  enter();
  int injected = fails(CALL_CLOSE);
  tracked[fd] = 0;
  long result = syscall(SYS_close, fd);
  int error = errno;
  note((struct header){.kind = CLOSE, .fd = fd}, NULL, NULL);
  return injected ? leave(-1, injected) : leave(result, error);
}

/* Closes the file descriptor that the folder was opened with, by a call that isn't ours. */
EXPORT int closedir(DIR *stream) {
  int (*real)(DIR *) = (int (*)(DIR *))dlsym(RTLD_NEXT, "closedir");
  int fd = dirfd(stream);
  if (!follows(fd)) {
    return real(stream);
  }
  enter();
  tracked[fd] = 0;
  long result = real(stream);
  int error = errno;
  note((struct header){.kind = CLOSE, .fd = fd}, NULL, NULL);
  return leave(result, error);
}

static int duplicate(int from, int to, int flags) {
  if (!follows(from) && !follows(to)) {
    return to < 0 ? syscall(SYS_dup, from) : syscall(SYS_dup3, from, to, flags);
  }
  enter();
  long fd = to < 0 ? syscall(SYS_dup, from) : syscall(SYS_dup3, from, to, flags);
  int error = errno;
  if (fd >= 0) {
    track(fd, follows(from));
    note((struct header){.kind = DUPLICATE, .fd = from, .a = fd}, NULL, NULL);
  }
  return leave(fd, error);
}

EXPORT int dup(int from) {
  return duplicate(from, -1, 0);
}

EXPORT int dup2(int from, int to) {
  return from == to ? to : duplicate(from, to, 0);
}

EXPORT int dup3(int from, int to, int flags) {
  return duplicate(from, to, flags);
}

/* At the given offset; below 0: at the file's own position, which moves on. */
static ssize_t do_write(int fd, const void *bytes, size_t length, int64_t offset) {
  enter();
  int error = fails(CALL_WRITE);
  if (error) {
    return leave(-1, error);
  }
  length = shortened(length);
  long result = offset < 0
      ? syscall(SYS_write, fd, bytes, length)
      : syscall(SYS_pwrite64, fd, bytes, length, offset);
  error = errno;
  if (result > 0) {
    int64_t at = offset < 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) - result : offset;
    note_write(fd, at, bytes, result);
  }
  return leave(result, error);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length) {
  return follows(fd) ? do_write(fd, bytes, length, -1) : syscall(SYS_write, fd, bytes, length);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return follows(fd)
      ? do_write(fd, bytes, length, offset)
      : syscall(SYS_pwrite64, fd, bytes, length, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return pwrite(fd, bytes, length, offset);
}

/* What isn't written of several pieces looks like a short transfer, so the first is enough. */
static ssize_t do_writev(int fd, const struct iovec *parts, int count, int64_t offset) {
  for (int i = 0; i < count; i++) {
    if (parts[i].iov_len > 0) {
      return do_write(fd, parts[i].iov_base, parts[i].iov_len, offset);
    }
  }
  return 0;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
  return follows(fd) ? do_writev(fd, parts, count, -1) : syscall(SYS_writev, fd, parts, count);
}

EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return follows(fd)
      ? do_writev(fd, parts, count, offset)
      : syscall(SYS_pwritev, fd, parts, count, offset, 0);
}

EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  return pwritev(fd, parts, count, offset);
}

/* Reads aren't written down, but may fail. Returns whether this one does, and how far it may go. */
static int read_fails(size_t *length) {
  enter();
  int error = fails(CALL_READ);
  *length = shortened(*length);
  leave(0, 0);
  errno = error;
  return error;
}

static int may_fail(int fd) {
  return follows(fd) && (control->rate || control->short_rate);
}

EXPORT ssize_t read(int fd, void *bytes, size_t length) {
  if (may_fail(fd) && read_fails(&length)) {
    return -1;
  }
  return syscall(SYS_read, fd, bytes, length);
}

EXPORT ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
  if (may_fail(fd) && read_fails(&length)) {
    return -1;
  }
  return syscall(SYS_pread64, fd, bytes, length, offset);
}

EXPORT ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
  return pread(fd, bytes, length, offset);
}

static int do_sync(int fd, long number) {
  if (!follows(fd)) {
    return syscall(number, fd);
  }
  enter();
  note((struct header){.kind = SYNC_BEGIN, .fd = fd}, NULL, NULL);
  int64_t ticket = control->position;
  int error = fails(CALL_SYNC);
  leave(0, 0);
  long result = -1;
  if (error == 0) {
    result = syscall(number, fd);
    error = result < 0 ? errno : 0;
  }
  enter();
  note((struct header){.kind = SYNC_END, .fd = fd, .error = error, .a = ticket}, NULL, NULL);
  return leave(result, error);
}

EXPORT int fsync(int fd) {
  return do_sync(fd, SYS_fsync);
}

EXPORT int fdatasync(int fd) {
  return do_sync(fd, SYS_fdatasync);
}

EXPORT int ftruncate(int fd, off_t length) {
  if (!follows(fd)) {
    return syscall(SYS_ftruncate, fd, length);
  }
  enter();
  int error = fails(CALL_TRUNCATE);
  if (error) {
    return leave(-1, error);
  }
  long result = syscall(SYS_ftruncate, fd, length);
  error = errno;
  if (result == 0) {
    note((struct header){.kind = TRUNCATE, .fd = fd, .a = length}, NULL, NULL);
  }
  return leave(result, error);
}

EXPORT int ftruncate64(int fd, off64_t length) {
  return ftruncate(fd, length);
}

static int do_rename(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  if (!inside(from) && !inside(to)) {
    return syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  }
  if (!inside(from) || !inside(to) || flags) {
    not_modelled("rename in or out, or with flags");
  }
  enter();
  int error = fails(CALL_RENAME);
  if (error) {
    return leave(-1, error);
  }
  long result = syscall(SYS_renameat2, from_at, from, to_at, to, flags);
  error = errno;
  if (result == 0) {
    note_path(RENAME, -1, 0, from, to);
  }
  return leave(result, error);
}

EXPORT int rename(const char *from, const char *to) {
  return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int renameat(int from_at, const char *from, int to_at, const char *to) {
  return do_rename(from_at, from, to_at, to, 0);
}

EXPORT int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
  return do_rename(from_at, from, to_at, to, flags);
}

EXPORT int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
  if (!inside(to)) {
    return syscall(SYS_linkat, from_at, from, to_at, to, flags);
  }
  enter();
  int error = fails(CALL_LINK);
  if (error) {
    return leave(-1, error);
  }
  long result = syscall(SYS_linkat, from_at, from, to_at, to, flags);
  error = errno;
  if (result == 0) {
    note_path(LINK, -1, 0, from, to);
  }
  return leave(result, error);
}

EXPORT int link(const char *from, const char *to) {
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int unlinkat(int at, const char *path, int flags) {
  if (!inside(path)) {
    if (follows(at) && path[0] != '/') {
      not_modelled("unlinkat of a name in an open folder");
    }
    return syscall(SYS_unlinkat, at, path, flags);
  }
  enter();
  int error = fails(flags & AT_REMOVEDIR ? CALL_RMDIR : CALL_UNLINK);
  if (error) {
    return leave(-1, error);
  }
  long result = syscall(SYS_unlinkat, at, path, flags);
  error = errno;
  if (result == 0) {
    note_path(flags & AT_REMOVEDIR ? RMDIR : UNLINK, -1, 0, path, NULL);
  }
  return leave(result, error);
}

EXPORT int unlink(const char *path) {
  return unlinkat(AT_FDCWD, path, 0);
}

EXPORT int rmdir(const char *path) {
  return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

EXPORT int remove(const char *path) {
  int result = unlink(path);
  return result < 0 && (errno == EISDIR || errno == EPERM) ? rmdir(path) : result;
}

EXPORT int mkdirat(int at, const char *path, mode_t mode) {
  if (!inside(path)) {
    return syscall(SYS_mkdirat, at, path, mode);
  }
  enter();
  int error = fails(CALL_MKDIR);
  if (error) {
    return leave(-1, error);
  }
  long result = syscall(SYS_mkdirat, at, path, mode);
  error = errno;
  if (result == 0) {
    note_path(MKDIR, -1, 0, path, NULL);
  }
  return leave(result, error);
}

EXPORT int mkdir(const char *path, mode_t mode) {
  return mkdirat(AT_FDCWD, path, mode);
}

EXPORT int symlink(const char *target, const char *path) {
  if (inside(path)) {
    not_modelled("symlink");
  }
  return syscall(SYS_symlinkat, target, AT_FDCWD, path);
}

EXPORT int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  if (follows(fd)) {
    not_modelled("fallocate");
  }
  return syscall(SYS_fallocate, fd, mode, offset, length);
}

EXPORT int fallocate(int fd, int mode, off_t offset, off_t length) {
  return fallocate64(fd, mode, offset, length);
}

EXPORT ssize_t copy_file_range(
    int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length, unsigned flags) {
  if (follows(out)) {
    not_modelled("copy_file_range");
  }
  return syscall(SYS_copy_file_range, in, in_offset, out, out_offset, length, flags);
}

EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t length) {
  if (follows(out)) {
    not_modelled("sendfile");
  }
  return syscall(SYS_sendfile, out, in, offset, length);
}

EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  if (follows(fd) && protection & PROT_WRITE && flags & MAP_SHARED) {
    not_modelled("mmap that writes");
  }
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

EXPORT void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap64(address, length, protection, flags, fd, offset);
}
