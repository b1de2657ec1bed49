/* The interface of a client for latency.c, threads.c and start.c; via_* implement it. */

#ifndef CALL_H
#define CALL_H

#define PATH "/api/21653835348762/auth/authorization/fail"
#define TOKEN "sandbox-access-token"
#define TICKET "pJxPbqwvhRYUMEaRjXmZz3Vb2wYH8N6kq0dTLsQe1Cg"

enum { TIMEOUT_MS = 10000 };

/* The result of a call. */
struct result {
    char action[32];
    char content[1024];
};

/* One for each process. Without `ca_file`, the client's default roots are used. */
struct client *client_new(const char *base_url, const char *ca_file);

/* One for each thread; may be the same for all if threads share the client. */
struct caller *caller_new(struct client *client);

/* Returns 0, or prints an error to standard error. */
int call(struct caller *caller, struct result *result);

#endif
