/* An authorization endpoint written by hand with libcurl and cJSON. */

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_response(int status, const char *name, const char *value, const char *body) {
    printf("HTTP %d\n%s: %s\nCache-Control: no-store\nPragma: no-cache\n\n%s\n", status, name,
           value, body);
}

/* [start] */
struct body {
    char *text;
    size_t len;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context) {
    struct body *body = context;
    size_t len = size * count;
    if (body->len + len > 1024 * 1024) return 0;
    char *text = realloc(body->text, body->len + len + 1);
    if (text == NULL) return 0;
    memcpy(text + body->len, bytes, len);
    body->text = text;
    body->len += len;
    text[body->len] = '\0';
    return len;
}

/* One handle per thread: handles must not be shared. */
static CURL *start(struct curl_slist **headers) {
    const char *base_url = getenv("AUTHLETE_BASE_URL");
    const char *service = getenv("AUTHLETE_SERVICE_APIKEY");
    const char *token = getenv("AUTHLETE_SERVICE_ACCESSTOKEN");
    if (!base_url || !service || !token) return NULL;
    char url[512], authorization[512];
    snprintf(url, sizeof url, "%s/api/%s/auth/authorization/fail", base_url, service);
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", token);
    *headers = curl_slist_append(NULL, authorization);
    *headers = curl_slist_append(*headers, "Content-Type: application/json");
    CURL *curl = curl_easy_init();
    if (curl == NULL) return NULL;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);       /* default: no timeout */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L); /* default: 5 minutes */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);             /* required with threads */
    curl_easy_setopt(curl, CURLOPT_PROXY, "");                /* ignore the environment */
    return curl;
}
/* [/start] */

/* [call] */
static cJSON *call(CURL *curl, const char *ticket, const char *reason) {
    cJSON *request = cJSON_CreateObject();
    cJSON_AddStringToObject(request, "ticket", ticket);
    cJSON_AddStringToObject(request, "reason", reason); /* typos are not detected */
    char *json = cJSON_PrintUnformatted(request);
    cJSON_Delete(request);

    struct body body = {NULL, 0};
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    free(json);
    if (code != CURLE_OK) /* does not tell whether the ticket can be used again */
        fprintf(stderr, "%s\n", curl_easy_strerror(code));

    cJSON *document = NULL;
    if (code == CURLE_OK && status >= 200 && status < 300) document = cJSON_Parse(body.text);
    free(body.text);
    return document;
}
/* [/call] */

/* [response] */
static const char *text(const cJSON *document, const char *member) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, member));
}

static void respond(const cJSON *document) {
    const char *action = text(document, "action");
    const char *content = text(document, "responseContent");
    const char *json = "application/json";
    if (action == NULL || content == NULL)
        print_response(500, "Content-Type", json, "{\"error\":\"server_error\"}");
    else if (strcmp(action, "LOCATION") == 0) /* a line break would inject a header */
        print_response(302, "Location", content, "");
    else if (strcmp(action, "FORM") == 0)
        print_response(200, "Content-Type", "text/html;charset=UTF-8", content);
    else if (strcmp(action, "BAD_REQUEST") == 0)
        print_response(400, "Content-Type", json, content);
    else if (strcmp(action, "INTERNAL_SERVER_ERROR") == 0)
        print_response(500, "Content-Type", json, content);
    else
        print_response(500, "Content-Type", json, "{\"error\":\"server_error\"}");
}
/* [/response] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct curl_slist *headers = NULL;
    CURL *curl = start(&headers);
    if (curl == NULL) return 1;
    cJSON *document = call(curl, argv[1], "DENIED");
    respond(document);
    cJSON_Delete(document);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
}
