// endpoints.h: the endpoints at which a request may fail, and how.

#ifndef ENDPOINTS_H
#define ENDPOINTS_H

#include <authlete_fail.h>

#include "authlete.h"
#include "http.h"
#include "sessions.h"

// Shared by threads.
struct server {
    struct settings settings;
    authlete_fail_client *failing;
    struct sessions *sessions;
};

// Answers a request that has come in completely.
enum MHD_Result answer(struct server *server, struct request *request, const char *method,
                       const char *path);

#endif
