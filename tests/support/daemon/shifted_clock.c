/* Shifts the wall clock of a process, for LD_PRELOAD. The monotonic clock stays as it is, as when a clock is set.

   SHIFTED_CLOCK names a file of eight bytes: the shift in microseconds, a signed integer in the machine's byte order.
   It is mapped, so that a change is seen at once and by all threads. Waits with an end by the wall clock are not
   shifted: the C library's waits that Python uses end by the monotonic clock. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000LL

static volatile int64_t nothing = 0;
static volatile int64_t *shift = &nothing;

__attribute__((constructor)) static void map_shift(void) {
    const char *path = getenv("SHIFTED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) shift = (volatile int64_t *)found;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = (int)syscall(SYS_clock_gettime, clock, at);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
    int64_t by = *shift, nanoseconds = at->tv_nsec + by % SECOND * 1000;
    at->tv_sec += by / SECOND;
    if (nanoseconds < 0) { nanoseconds += SECOND * 1000; at->tv_sec -= 1; }
    if (nanoseconds >= SECOND * 1000) { nanoseconds -= SECOND * 1000; at->tv_sec += 1; }
    at->tv_nsec = nanoseconds;
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
