/* libcurl and cJSON: every thread has its own easy handle, as libcurl requires. */

#include "call.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client {
    char url[256];
    const char *ca_file;
};

struct caller {
    CURL *curl;
    struct curl_slist *headers;
    char body[8192];
    size_t length;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context) {
    struct caller *caller = context;
    if (size * count > sizeof caller->body - caller->length)
        return 0;
    memcpy(caller->body + caller->length, bytes, size * count);
    caller->length += size * count;
    return size * count;
}

struct client *client_new(const char *base_url, const char *ca_file) {
    static struct client client;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    snprintf(client.url, sizeof client.url, "%s" PATH, base_url);
    client.ca_file = ca_file;
    return &client;
}

struct caller *caller_new(struct client *client) {
    struct caller *caller = calloc(1, sizeof *caller);
    CURL *curl = curl_easy_init();
    if (caller == NULL || curl == NULL)
        return NULL;
    caller->curl = curl;
    caller->headers = curl_slist_append(NULL, "Authorization: Bearer " TOKEN);
    caller->headers = curl_slist_append(caller->headers, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, client->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, caller->headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, caller);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    /* Required in programs with threads. */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (client->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
    return caller;
}

static char *request_new(void) {
    cJSON *request = cJSON_CreateObject();
    cJSON_AddStringToObject(request, "ticket", TICKET);
    cJSON_AddStringToObject(request, "reason", "NOT_LOGGED_IN");
    cJSON_AddStringToObject(request, "description", "The user has not logged in.");
    char *text = cJSON_PrintUnformatted(request);
    cJSON_Delete(request);
    return text;
}

static int read_document(const struct caller *caller, struct result *result) {
    cJSON *document = cJSON_ParseWithLength(caller->body, caller->length);
    const char *action = cJSON_GetStringValue(cJSON_GetObjectItem(document, "action"));
    const char *content = cJSON_GetStringValue(cJSON_GetObjectItem(document, "responseContent"));
    if (action != NULL && content != NULL) {
        snprintf(result->action, sizeof result->action, "%s", action);
        snprintf(result->content, sizeof result->content, "%s", content);
    }
    cJSON_Delete(document);
    return action == NULL || content == NULL;
}

int call(struct caller *caller, struct result *result) {
    char *request = request_new();
    caller->length = 0;
    curl_easy_setopt(caller->curl, CURLOPT_POSTFIELDS, request);
    CURLcode code = curl_easy_perform(caller->curl);
    long status = 0;
    curl_easy_getinfo(caller->curl, CURLINFO_RESPONSE_CODE, &status);
    free(request);
    int failed = code != CURLE_OK || status != 200 || read_document(caller, result) != 0;
    if (failed)
        fprintf(stderr, "libcurl: %s, HTTP %ld\n", curl_easy_strerror(code), status);
    return failed;
}
