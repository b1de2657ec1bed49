/* The functions that each client implements, in via_*. */

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

/* One per process. Without `ca_file`, the client's own roots apply. */
struct client *client_new(const char *base_url, const char *ca_file);

/* One per thread; the client itself if threads can share it. */
struct caller *caller_new(struct client *client);

/* Returns 0, or prints an error. */
int call(struct caller *caller, struct result *result);

/* Opens a connection for a later call. Returns 0, or prints an error. NULL if not supported. */
#pragma weak open_connection
int open_connection(struct client *client);

#endif
