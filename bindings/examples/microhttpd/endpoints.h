// endpoints.h: the endpoints of the server, and how a request fails at each.

#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include <authlete_fail.h>

#include "authlete.h"
#include "http.h"
#include "sessions.h"

// Shared by threads.
struct server {
    struct settings settings;
    authlete_fail_client *client;
    struct sessions *sessions;
};

// Responds to a request that was received completely.
enum MHD_Result handle_request(struct server *server, struct request *request, const char *method,
                       const char *path);

#endif
