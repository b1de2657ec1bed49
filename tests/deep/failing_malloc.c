// failing_malloc.c: replaces malloc in the program and all its libraries. Makes an allocation fail, or
// that one and all after it.
//
// It counts the allocations of the thread that called failing_malloc_arm(); those of other threads
// are not tested, and their number varies.

#define _GNU_SOURCE

#include <errno.h>
#include <stddef.h>

long failing_malloc_arm(long nth, int and_all_after);

#ifdef __GLIBC__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
#else
#include <dlfcn.h>

// The functions of musl that this file replaces. musl's dlsym allocates nothing if it finds the name.
static void *__libc_malloc(size_t size) {
    void *(*replaced)(size_t);
    *(void **)&replaced = dlsym(RTLD_NEXT, "malloc");
    return replaced(size);
}

static void *__libc_calloc(size_t count, size_t size) {
    void *(*replaced)(size_t, size_t);
    *(void **)&replaced = dlsym(RTLD_NEXT, "calloc");
    return replaced(count, size);
}

static void *__libc_realloc(void *pointer, size_t size) {
    void *(*replaced)(void *, size_t);
    *(void **)&replaced = dlsym(RTLD_NEXT, "realloc");
    return replaced(pointer, size);
}

// musl's memalign would call the aligned_alloc below.
static void *__libc_memalign(size_t alignment, size_t size) {
    void *(*replaced)(size_t, size_t);
    *(void **)&replaced = dlsym(RTLD_NEXT, "aligned_alloc");
    return replaced(alignment, size);
}
#endif

static __thread long countdown = 0;
static __thread int goes_on = 0;
static __thread long failed = 0;

// `nth` counts from 1; 0 disarms. Returns the number of allocations that failed since the last call.
long failing_malloc_arm(long nth, int and_all_after) {
    long before = failed;
    countdown = nth;
    goes_on = and_all_after;
    failed = 0;
    return before;
}

static int fails(void) {
    if (countdown == 0 || --countdown > 0) {
        return 0;
    }
    countdown = goes_on ? 1 : 0;
    failed++;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
    return fails() ? NULL : __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *made = memalign(alignment, size);
    if (made == NULL) {
        return ENOMEM;
    }
    *out = made;
    return 0;
}
