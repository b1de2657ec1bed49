/* What threads.c and start.c want of a client; via_*.c have it. */

#ifndef CALL_H
#define CALL_H

#define PATH "/api/21653835348762/auth/authorization/fail"
#define TOKEN "sandbox-access-token"
#define TICKET "pJxPbqwvhRYUMEaRjXmZz3Vb2wYH8N6kq0dTLsQe1Cg"

enum { TIMEOUT_MS = 10000 };

/* What a call hands out. */
struct result {
    char action[32];
    char content[1024];
};

/* One of a process. Without `ca_file` the client's own roots are used. */
struct client *client_new(const char *base_url, const char *ca_file);

/* One of a thread; where threads share the client it may be the same. */
struct caller *caller_new(struct client *client);

/* Returns 0, or says on standard error what is wrong. */
int call(struct caller *caller, struct result *result);

#endif
