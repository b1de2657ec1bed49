/* Clocks, percentiles and memory. */

#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double microseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline int ascending(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* Sorts the times of the calls, in microseconds, and prints them as `p50_us` and `p99_us`. */
static inline void print_percentiles(float *times, size_t calls) {
    qsort(times, calls, sizeof *times, ascending);
    printf("\"p50_us\":%.3f,\"p99_us\":%.3f", (double)times[calls / 2],
           (double)times[calls * 99 / 100]);
}

/* Prints the resident memory, and its maximum, as `rss_kb` and `hwm_kb`. */
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
