// A machine that is not well: preloaded into a program (LD_PRELOAD), it makes writes below one folder fail as a full or
// dying disk does, and shifts the wall clock. What is wrong stands in a small file that the harness changes while the
// program runs (tests/chaos/machine.py), mapped here as `struct Illness`.
//
// Calls go to the kernel directly, not to the next library: nothing has to be looked up, and sanitizers are not in the way.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct Illness {
  int64_t clock_offset_ms;     // added to the wall clock; other clocks go on as they are
  _Atomic int64_t room_bytes;  // while write_errno is set: so much can be written still
  int32_t write_errno;         // 0: writes work
  int32_t sync_errno;          // 0: fsync works
};

static struct Illness* illness;
static const char* folder;

__attribute__((constructor)) static void fall_ill(void) {
  const char* path = getenv("WAYSIDE_SICK_CONTROL");
  folder = getenv("WAYSIDE_SICK_FOLDER");
  if (path == NULL || folder == NULL) return;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  void* found = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *illness, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (found == MAP_FAILED) abort();  // a test must not pass because nothing was wrong
  syscall(SYS_close, fd);
  illness = found;
}

static int is_in_folder(int fd) {
  char link[32], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  const size_t prefix = strlen(folder);
  return strncmp(path, folder, prefix) == 0 && path[prefix] == '/';
}

/// How many of `count` bytes fit; -1 with errno when none does.
static ssize_t room_for(int fd, size_t count) {
  if (illness == NULL || illness->write_errno == 0 || !is_in_folder(fd)) return (ssize_t)count;
  const int64_t before = atomic_fetch_sub(&illness->room_bytes, (int64_t)count);
  if (before >= (int64_t)count) return (ssize_t)count;
  if (before > 0) return (ssize_t)before;
  errno = illness->write_errno;
  return -1;
}

static int sync_works(int fd) {
  if (illness == NULL || illness->sync_errno == 0 || !is_in_folder(fd)) return 1;
  errno = illness->sync_errno;
  return 0;
}

ssize_t write(int fd, const void* bytes, size_t count) {
  const ssize_t room = room_for(fd, count);
  return room < 0 ? room : syscall(SYS_write, fd, bytes, (size_t)room);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
  const ssize_t room = room_for(fd, count);
  return room < 0 ? room : syscall(SYS_pwrite64, fd, bytes, (size_t)room, at);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

int ftruncate64(int fd, off64_t length) { return room_for(fd, 0) < 0 ? -1 : (int)syscall(SYS_ftruncate, fd, length); }
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int posix_fallocate64(int fd, off64_t at, off64_t length) {
  if (room_for(fd, (size_t)length) < length) return illness->write_errno;
  return syscall(SYS_fallocate, fd, 0, at, length) == 0 ? 0 : errno;
}
int posix_fallocate(int fd, off_t at, off_t length) { return posix_fallocate64(fd, at, length); }

int fsync(int fd) { return sync_works(fd) ? (int)syscall(SYS_fsync, fd) : -1; }
int fdatasync(int fd) { return sync_works(fd) ? (int)syscall(SYS_fdatasync, fd) : -1; }

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result != 0 || illness == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  const int64_t ms = (int64_t)now->tv_sec * 1000 + illness->clock_offset_ms;
  now->tv_sec = ms / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}
