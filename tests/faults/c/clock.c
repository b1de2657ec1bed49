// clock.c: a library for LD_PRELOAD. The monotonic clock is ahead by the seconds in $CLOCK_FILE, an
// int64_t that may change at any time. The duration of waits does not change.

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// As in linux/futex.h. musl-gcc does not find the headers of the kernel.
enum { FUTEX_WAIT_BITSET = 9, FUTEX_PRIVATE_FLAG = 128 };

static const volatile int64_t *ahead;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static long (*real_syscall)(long, ...);

__attribute__((constructor)) static void open_clock(void) {
    *(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    *(void **)&real_syscall = dlsym(RTLD_NEXT, "syscall");
    int file = open(getenv("CLOCK_FILE"), O_RDONLY | O_CLOEXEC);
    ahead = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (ahead == MAP_FAILED) {
        abort();
    }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = real_clock_gettime(clock, now);
    if (clock == CLOCK_MONOTONIC) {
        now->tv_sec += *ahead;
    }
    return result;
}

// Rust's standard library calls this to wait until a time on the monotonic clock.
long syscall(long number, ...) {
    va_list list;
    long arguments[6];
    struct timespec until;
    va_start(list, number);
    for (int i = 0; i < 6; i++) {
        arguments[i] = va_arg(list, long);
    }
    va_end(list);
    if (number == SYS_futex && arguments[3] != 0 &&
        (arguments[1] & ~FUTEX_PRIVATE_FLAG) == FUTEX_WAIT_BITSET) {
        until = *(const struct timespec *)arguments[3];
        until.tv_sec -= *ahead;
        arguments[3] = (long)&until;
    }
    return real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
                        arguments[4], arguments[5]);
}
