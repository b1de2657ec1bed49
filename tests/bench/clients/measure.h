/* Clocks and memory of the process. */

#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <time.h>

static inline double microseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Prints the members `rss_kb` and `hwm_kb`: resident memory now, and its maximum. */
static inline void print_memory(void) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[128];
    long rss = 0, most = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "VmRSS: %ld", &rss);
        sscanf(line, "VmHWM: %ld", &most);
    }
    if (status != NULL)
        fclose(status);
    printf("\"rss_kb\":%ld,\"hwm_kb\":%ld", rss, most);
}

#endif
