/* Runs one command per input line, and prints the duration of each in microseconds.
 *
 *     commands BASE_URL [CA_FILE]
 *
 *     call       makes a call
 *     connect    opens a connection without a call
 *     fork       starts a worker, which inherits the client; prints 0
 *     N COMMAND  runs the command in worker N; the first worker is 0 */

#define _POSIX_C_SOURCE 200809L
#include "call.h"
#include "measure.h"

#include <string.h>
#include <unistd.h>

enum { MAX_WORKERS = 64 };

static struct client *client;
static struct caller *caller;
static FILE *workers[MAX_WORKERS];
static int worker_count;

/* Starts a worker. Returns NULL in the parent, and the worker's input in the worker. */
static FILE *start_worker(void) {
    int ends[2];
    if (worker_count == MAX_WORKERS || pipe(ends) != 0)
        exit(1);
    pid_t pid = fork();
    if (pid < 0)
        exit(1);
    if (pid > 0) {
        close(ends[0]);
        workers[worker_count] = fdopen(ends[1], "w");
        setvbuf(workers[worker_count++], NULL, _IOLBF, 0);
        return NULL;
    }
    close(ends[1]);
    /* A worker exits when its pipe is closed, so no other worker may keep the pipe open. */
    for (int i = 0; i < worker_count; i++)
        fclose(workers[i]);
    worker_count = 0;
    return fdopen(ends[0], "r");
}

static void run(const char *command) {
    struct result result;
    double start = microseconds(CLOCK_MONOTONIC);
    int failed = 1;
    if (strcmp(command, "call") == 0)
        failed = call(caller, &result);
    else if (strcmp(command, "connect") == 0 && open_connection != NULL)
        failed = open_connection(client);
    else
        fprintf(stderr, "commands: cannot run \"%s\"\n", command);
    if (failed)
        exit(1);
    printf("%.0f\n", microseconds(CLOCK_MONOTONIC) - start);
}

int main(int count, char **arguments) {
    if (count < 2 || count > 3) {
        fputs("usage: commands BASE_URL [CA_FILE]\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    client = client_new(arguments[1], count > 2 ? arguments[2] : NULL);
    caller = client != NULL ? caller_new(client) : NULL;
    if (caller == NULL)
        return 1;
    FILE *commands = stdin;
    char line[64], command[32];
    int worker;
    while (fgets(line, sizeof line, commands) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%d %31s", &worker, command) == 2 && worker >= 0 && worker < worker_count) {
            fprintf(workers[worker], "%s\n", command);
        } else if (strcmp(line, "fork") == 0) {
            FILE *inherited = start_worker();
            if (inherited != NULL)
                commands = inherited;
            else
                puts("0");
        } else {
            run(line);
        }
    }
    return 0;
}
