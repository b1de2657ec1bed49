// authlete.h: Authlete's calls that come before anything can fail, over libcurl.

#ifndef AUTHLETE_H
#define AUTHLETE_H

#include <cjson/cJSON.h>

// Where Authlete is, and as which service this server calls it; borrowed from the environment.
struct settings {
    const char *base_url;
    const char *service_id;
    const char *access_token;
};

// Reads the variables that Authlete's own libraries read. Returns 0, or -1 after saying what lacks.
int settings_from_environment(struct settings *settings);

// The configuration of an authlete_fail_client: a redirect after a POST is a 303. To be freed with
// cJSON_free(); NULL if memory is out.
char *settings_for_failing(const struct settings *settings);

// Posts `request` to /api/{serviceId}`path` and returns Authlete's answer, to be freed with
// cJSON_Delete(). Takes `request`. NULL, which has no members, if no answer came that can be used.
cJSON *authlete_call(const struct settings *settings, const char *path, cJSON *request);

// A member that is text; "" if it is not there.
const char *authlete_text(const cJSON *answer, const char *member);

#endif
