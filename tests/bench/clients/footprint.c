/* Measures the memory, file descriptors and threads of clients, idle connections and calls in flight.
 *
 *     footprint BASE_URL CONNECTIONS SECONDS [CA_FILE]
 *
 * The server must take longer than SECONDS to respond: after that time, all calls are in flight. Heap is what
 * malloc has allocated; resident memory also includes the stacks and the pages that malloc keeps. With 0
 * CONNECTIONS, it makes no call, and measures only the clients. */

#define _POSIX_C_SOURCE 200809L
#include "call.h"
#include "measure.h"

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>

enum { CLIENTS = 100, MAX_CONNECTIONS = 1024, STACK = 128 * 1024 };

struct usage {
    double heap, resident, descriptors, threads;
};

static struct client *client;
static pthread_barrier_t start, called, end;

static void sleep_seconds(double seconds) {
    nanosleep(&(struct timespec){(time_t)seconds, (long)((seconds - (long)seconds) * 1e9)}, NULL);
}

static long field(const char *name) {
    char line[128], format[32];
    long value = 0;
    FILE *status = fopen("/proc/self/status", "r");
    snprintf(format, sizeof format, "%s: %%ld", name);
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, format, &value) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return value;
}

static struct usage now(void) {
    struct mallinfo2 memory = mallinfo2();
    int descriptors = -3; /* ".", ".." and the one of opendir */
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL)
        descriptors++;
    if (folder != NULL)
        closedir(folder);
    return (struct usage){(double)(memory.uordblks + memory.hblkhd), (double)field("VmRSS") * 1024,
                          descriptors, (double)field("Threads")};
}

/* Prints what one of `count` takes. */
static void print(const char *name, struct usage from, struct usage to, double count) {
    printf("\"%s_heap\":%.0f,\"%s_resident\":%.0f,\"%s_descriptors\":%.2f,\"%s_threads\":%.2f", name,
           (to.heap - from.heap) / count, name, (to.resident - from.resident) / count, name,
           (to.descriptors - from.descriptors) / count, name, (to.threads - from.threads) / count);
}

static void *run(void *failed) {
    struct result result;
    pthread_barrier_wait(&start);
    if (call(caller_new(client), &result) != 0)
        *(int *)failed = 1;
    pthread_barrier_wait(&called);
    pthread_barrier_wait(&end);
    return NULL;
}

/* Makes the calls, and prints what the calls in flight and then the idle connections take. */
static int measure_connections(int connections, double seconds) {
    pthread_t threads[MAX_CONNECTIONS];
    pthread_attr_t small;
    int failed = 0;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    pthread_barrier_init(&start, NULL, (unsigned)connections + 1);
    pthread_barrier_init(&called, NULL, (unsigned)connections + 1);
    pthread_barrier_init(&end, NULL, (unsigned)connections + 1);
    for (int i = 0; i < connections; i++)
        if (pthread_create(&threads[i], &small, run, &failed) != 0)
            return 1;
    sleep_seconds(0.1); /* The threads reach the barrier: what they take is not that of a call. */
    struct usage before = now();
    pthread_barrier_wait(&start);
    sleep_seconds(seconds);
    struct usage in_flight = now();
    pthread_barrier_wait(&called);
    struct usage idle = now();
    pthread_barrier_wait(&end);
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    printf(",");
    /* One of the connections was already open. */
    print("idle", before, idle, connections - 1);
    printf(",");
    print("call", before, in_flight, connections - 1);
    return failed;
}

int main(int count, char **arguments) {
    int connections = count > 2 ? atoi(arguments[2]) : -1;
    if (count < 4 || connections < 0 || connections == 1 || connections > MAX_CONNECTIONS) {
        fputs("usage: footprint BASE_URL CONNECTIONS SECONDS [CA_FILE]\n", stderr);
        return 2;
    }
    const char *ca_file = count > 4 ? arguments[4] : NULL;
    struct result result;
    struct usage none = now();
    client = client_new(arguments[1], ca_file);
    if (client == NULL || (connections > 0 && call(caller_new(client), &result) != 0))
        return 1;
    struct usage first = now();
    for (int i = 0; i < CLIENTS; i++)
        if (client_new(arguments[1], ca_file) == NULL)
            return 1;
    struct usage clients = now();
    printf("{");
    print("first", none, first, 1);
    printf(",");
    print("client", first, clients, CLIENTS);
    if (connections > 0 && measure_connections(connections, atof(arguments[3])) != 0)
        return 1;
    printf("}\n");
    return 0;
}
