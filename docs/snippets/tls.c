#include <authlete_fail.h>
#include <stdio.h>

/* [roots] */
/* Trusts only the CA certificates in `ca_file`. The arguments contain no characters that need
   escaping in JSON. Returns NULL if the file cannot be read. */
static authlete_fail_client *private_ca(const char *base_url, const char *ca_file) {
    char config[1024];
    int len = snprintf(config, sizeof config,
                       "{\"baseUrl\":\"%s\",\"serviceId\":\"21653835348762\","
                       "\"accessToken\":\"sandbox-access-token\",\"caFile\":\"%s\"}",
                       base_url, ca_file);
    authlete_fail_client *client;
    authlete_fail_reply *made;
    authlete_fail_client_new(config, (size_t)len, NULL, NULL, &client, &made);
    if (!client) fprintf(stderr, "%s\n", authlete_fail_reply_error(made, NULL));
    authlete_fail_reply_free(made);
    return client;
}
/* [/roots] */

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    authlete_fail_client *client = private_ca(argv[1], argv[2]);
    if (!client) return 1;
    authlete_fail_reply *reply;
    authlete_fail_backchannel_authentication(client, "{\"reason\":\"ACCESS_DENIED\"}", 26, &reply);
    printf("HTTP %d\n", authlete_fail_reply_response_status(reply));
    authlete_fail_reply_free(reply);
    authlete_fail_client_free(client);
}
