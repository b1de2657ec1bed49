// allocated.h: the number of bytes that malloc has given out.

#ifndef ALLOCATED_H
#define ALLOCATED_H

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

static inline size_t allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
#else
// musl does not count them.
static inline size_t allocated_bytes(void) {
    return 0;
}
#endif

#endif
