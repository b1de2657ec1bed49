#include "authlete.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { MAX_API_RESPONSE = 1024 * 1024 };

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (!value || !*value) {
        fprintf(stderr, "%s is not set\n", name);
        return NULL;
    }
    return value;
}

int settings_from_environment(struct settings *settings) {
    settings->base_url = variable("AUTHLETE_BASE_URL");
    settings->service_id = variable("AUTHLETE_SERVICE_APIKEY");
    settings->access_token = variable("AUTHLETE_SERVICE_ACCESSTOKEN");
    return settings->base_url && settings->service_id && settings->access_token ? 0 : -1;
}

char *client_config(const struct settings *settings) {
    cJSON *config = cJSON_CreateObject();
    cJSON_AddStringToObject(config, "baseUrl", settings->base_url);
    cJSON_AddStringToObject(config, "serviceId", settings->service_id);
    cJSON_AddStringToObject(config, "accessToken", settings->access_token);
    cJSON_AddNumberToObject(config, "locationStatus", 303);
    char *json = cJSON_PrintUnformatted(config);
    cJSON_Delete(config);
    return json;
}

static size_t receive(char *bytes, size_t size, size_t count, void *body) {
    // libcurl aborts if this returns less than the size.
    return text_append(body, bytes, size * count, MAX_API_RESPONSE) == 0 ? size * count : 0;
}

// Returns libcurl's error code, and sets the HTTP status. Each call creates a handle. A server under
// load would keep one handle per thread, which also keeps the connection open.
static CURLcode post(const struct settings *settings, const char *url, const char *json,
                     struct text *body, long *status) {
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (curl && headers) {
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, settings->access_token);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); // required in multi-threaded programs
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code;
}

cJSON *authlete_call(const struct settings *settings, const char *path, cJSON *request) {
    cJSON *api_response = NULL;
    struct text url = {0};
    struct text body = {0};
    long status = 0;
    char *json = cJSON_PrintUnformatted(request);
    int without_slash = (int)strlen(settings->base_url);
    while (without_slash > 0 && settings->base_url[without_slash - 1] == '/') {
        without_slash--;
    }
    text_print(&url, "%.*s/api/%s%s", without_slash, settings->base_url, settings->service_id,
               path);
    if (json && url.bytes) {
        CURLcode code = post(settings, url.bytes, json, &body, &status);
        if (code != CURLE_OK || status != 200) {
            fprintf(stderr, "authlete: %s: HTTP %ld: %s\n", path, status, curl_easy_strerror(code));
        } else if (body.bytes && !strstr(body.bytes, "\\u0000")) { // a C string would end there
            api_response = cJSON_ParseWithLength(body.bytes, body.len);
        }
    }
    text_free(&url);
    text_free(&body);
    cJSON_free(json);
    cJSON_Delete(request);
    if (!cJSON_IsObject(api_response)) {
        cJSON_Delete(api_response);
        api_response = NULL;
    }
    return api_response;
}

const char *authlete_text(const cJSON *api_response, const char *member) {
    const char *value =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(api_response, member));
    return value ? value : "";
}
