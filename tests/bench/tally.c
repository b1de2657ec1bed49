/* Preloaded into a program, tells on stderr when it ends how many allocations it made (malloc,
 * calloc, realloc and memalign in all its forms: each is one), of how many bytes, and how often
 * it had a name looked up, as JSON. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong allocations, bytes, lookups;

static void count(size_t size) {
    allocations++;
    bytes += size;
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
    count(members * size);
    return __libc_calloc(members, size);
}

void *realloc(void *pointer, size_t size) {
    count(size);
    return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *made = memalign(alignment, size);
    if (made == NULL)
        return ENOMEM;
    *out = made;
    return 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict found) {
    __typeof__(getaddrinfo) *next = (__typeof__(next))dlsym(RTLD_NEXT, "getaddrinfo");
    lookups++;
    return next(node, service, hints, found);
}

__attribute__((destructor)) static void tell(void) {
    unsigned long made = allocations, of_bytes = bytes;
    fprintf(stderr, "{\"allocations\":%lu,\"bytes\":%lu,\"lookups\":%lu}\n", made, of_bytes,
            (unsigned long)lookups);
}
