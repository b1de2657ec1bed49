// authlete.h: the calls to Authlete that issue tickets, made with libcurl.

#ifndef AUTHLETE_H
#define AUTHLETE_H

#include <cjson/cJSON.h>

// The URL of Authlete, and the credentials of the service; pointers into the environment.
struct settings {
    const char *base_url;
    const char *service_id;
    const char *access_token;
};

// Reads the environment variables of Authlete's own libraries. Prints the name of a missing one and
// returns -1; otherwise returns 0.
int settings_from_environment(struct settings *settings);

// The configuration of the authlete_fail_client, with status 303 for redirects after a POST. The
// caller frees it with cJSON_free(). NULL if out of memory.
char *client_config(const struct settings *settings);

// Posts `request` to /api/{serviceId}`path` and returns the API response; the caller frees it with
// cJSON_Delete(). Returns NULL, for which cJSON finds no members, if no usable API response was
// received. Takes ownership of `request`.
cJSON *authlete_call(const struct settings *settings, const char *path, cJSON *request);

// The value of a string member; "" if absent.
const char *authlete_text(const cJSON *api_response, const char *member);

#endif
