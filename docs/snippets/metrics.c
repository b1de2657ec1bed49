#include <authlete_fail.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* [metrics] */
/* Writes the body of a response to Prometheus: the text exposition format. */
static void write_metrics(const authlete_fail_client *client, FILE *out) {
    char text[8192];
    if (authlete_fail_client_stats(client, text, sizeof text) >= sizeof text) return;
    cJSON *stats = cJSON_Parse(text);
    const cJSON *status, *outcome;
    fputs("# TYPE authlete_calls_total counter\n", out);
    cJSON_ArrayForEach(status, cJSON_GetObjectItem(stats, "calls"))
        cJSON_ArrayForEach(outcome, status)
            fprintf(out, "authlete_calls_total{status=\"%s\",outcome=\"%s\"} %.0f\n",
                    status->string, outcome->string, outcome->valuedouble);
    const cJSON *connections = cJSON_GetObjectItem(stats, "connections");
    fprintf(out,
            "# TYPE authlete_retries_total counter\n"
            "authlete_retries_total %.0f\n"
            "# TYPE authlete_connections_total counter\n"
            "authlete_connections_total{kind=\"new\"} %.0f\n"
            "authlete_connections_total{kind=\"reused\"} %.0f\n",
            cJSON_GetNumberValue(cJSON_GetObjectItem(stats, "retries")),
            cJSON_GetNumberValue(cJSON_GetObjectItem(connections, "opened")),
            cJSON_GetNumberValue(cJSON_GetObjectItem(connections, "reused")));
    cJSON_Delete(stats);
}
/* [/metrics] */

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    authlete_fail_client *client;
    authlete_fail_client_new(NULL, 0, NULL, NULL, &client, NULL);
    char request[256];
    snprintf(request, sizeof request, "{\"ticket\":\"%s\",\"reason\":\"DENIED\"}", argv[1]);
    authlete_fail_reply *reply;
    authlete_fail_authorization(client, request, strlen(request), &reply);
    authlete_fail_reply_free(reply);
    write_metrics(client, stdout);
    authlete_fail_client_free(client);
}
