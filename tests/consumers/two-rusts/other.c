// Calls the other archive before main, because fail.c is shared with the other projects.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int32_t other_catches(void);

__attribute__((constructor)) static void call_other(void) {
    if (other_catches() != 1) {
        fprintf(stderr, "the other archive is broken\n");
        exit(1);
    }
}
