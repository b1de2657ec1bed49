#include <authlete_fail.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* [metrics] */
/* Writes a metric. The members of `counts` that are numbers become the values of its label. */
static void write_metric(FILE *out, const char *name, const char *type, const char *label,
                         const cJSON *counts) {
    const cJSON *count;
    fprintf(out, "# TYPE %s %s\n", name, type);
    cJSON_ArrayForEach(count, counts)
        if (cJSON_IsNumber(count))
            fprintf(out, "%s{%s=\"%s\"} %.0f\n", name, label, count->string, count->valuedouble);
}

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
    fprintf(out, "# TYPE authlete_retries_total counter\nauthlete_retries_total %.0f\n",
            cJSON_GetNumberValue(cJSON_GetObjectItem(stats, "retries")));

    cJSON *connections = cJSON_GetObjectItem(stats, "connections");
    cJSON *used = cJSON_CreateObject(), *open = cJSON_CreateObject();
    cJSON_AddItemToObject(used, "new", cJSON_DetachItemFromObject(connections, "opened"));
    cJSON_AddItemToObject(used, "reused", cJSON_DetachItemFromObject(connections, "reused"));
    cJSON_AddItemToObject(open, "idle", cJSON_DetachItemFromObject(connections, "idle"));
    cJSON_AddItemToObject(open, "inUse", cJSON_DetachItemFromObject(connections, "inUse"));
    write_metric(out, "authlete_connections_total", "counter", "kind", used);
    write_metric(out, "authlete_pool", "gauge", "state", open);
    write_metric(out, "authlete_connections_closed_total", "counter", "reason",
                 cJSON_GetObjectItem(connections, "closed"));
    write_metric(out, "authlete_lookups_total", "counter", "result",
                 cJSON_GetObjectItem(stats, "lookups"));
    write_metric(out, "authlete_tls_handshakes_total", "counter", "kind",
                 cJSON_GetObjectItem(stats, "tlsHandshakes"));
    cJSON_Delete(used);
    cJSON_Delete(open);
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
