// gate.h: for programs that replace getaddrinfo, so that lookups hang until a gate opens.

#ifndef GATE_H
#define GATE_H

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <unistd.h>

// A pipe. Closing gate[1] opens the gate.
static int gate[2];

static inline void wait_at_gate(void) {
    char byte;
    while (read(gate[0], &byte, 1) < 0 && errno == EINTR) {
    }
}

// Calls the function of libc.
static inline int real_getaddrinfo(const char *name, const char *service,
                                   const struct addrinfo *hints, struct addrinfo **result) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(name, service, hints, result);
}

#endif
