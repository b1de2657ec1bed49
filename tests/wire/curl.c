// curl.c: makes the calls of driver.c with libcurl. The protocol is the harness's:
//
//   in    client <length>\n<URL>\n<timeout in milliseconds>\n<CA certificate, PEM>\n
//         authorization <length>\n<request body>\n
//   out   <name> <length>\n<bytes>\n ...  the records of the result, then: end\n

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char received[1024 * 1024];
static size_t received_len;

static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    (void)context;
    size_t len = size * count;
    if (len > sizeof received - received_len) {
        return 0;
    }
    memcpy(received + received_len, bytes, len);
    received_len += len;
    return len;
}

static void record(const char *name, const char *bytes, size_t len) {
    printf("%s %zu\n", name, len);
    fwrite(bytes, 1, len, stdout);
    putchar('\n');
}

static CURL *new_client(const char *config, struct curl_slist *headers) {
    char url[256];
    long timeout_ms;
    int pem_at = 0;
    if (sscanf(config, "%255s %ld%n", url, &timeout_ms, &pem_at) != 2) {
        return NULL;
    }
    struct curl_blob roots = {(void *)(config + pem_at), strlen(config + pem_at), CURL_BLOB_COPY};
    CURL *client = curl_easy_init();
    curl_easy_setopt(client, CURLOPT_URL, url);
    curl_easy_setopt(client, CURLOPT_CAINFO_BLOB, &roots);
    curl_easy_setopt(client, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(client, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(client, CURLOPT_PROXY, "");
    curl_easy_setopt(client, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client, CURLOPT_WRITEFUNCTION, receive);
    return client;
}

static CURLcode call(CURL *client, const char *body, size_t len) {
    received_len = 0;
    curl_easy_setopt(client, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(client, CURLOPT_POSTFIELDS, body);
    return curl_easy_perform(client);
}

static int out_of_step(const char *why) {
    fprintf(stderr, "curl: %s\n", why);
    return 2;
}

int main(void) {
    CURL *client = NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char verb[32];
        size_t len;
        if (sscanf(line, "%31s %zu", verb, &len) != 2) {
            return out_of_step("a command is a verb and a length");
        }
        char *bytes = malloc(len + 1);
        if (bytes == NULL || fread(bytes, 1, len, stdin) != len || getchar() != '\n') {
            return out_of_step("a command ends too early or too late");
        }
        bytes[len] = '\0';
        CURLcode result = CURLE_OK;
        if (strcmp(verb, "client") == 0) {
            curl_easy_cleanup(client);
            client = new_client(bytes, headers);
        } else {
            result = call(client, bytes, len);
        }
        if (client == NULL) {
            return out_of_step("no client");
        }
        char http_status[32];
        long status = 0;
        curl_easy_getinfo(client, CURLINFO_RESPONSE_CODE, &status);
        int status_len = snprintf(http_status, sizeof http_status, "%ld", status);
        const char *error = result == CURLE_OK ? "" : curl_easy_strerror(result);
        record("error", error, strlen(error));
        record("httpStatus", http_status, (size_t)status_len);
        record("body", received, received_len);
        printf("end\n");
        fflush(stdout);
        free(bytes);
    }
    curl_easy_cleanup(client);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    return 0;
}
