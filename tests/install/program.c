/* Prints the version of the library; with OTHER, also calls another Rust archive. */
#include <authlete_fail.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int32_t other_catches(void);

int main(void)
{
    authlete_fail_client *client;
    authlete_fail_reply *reply;
    if (authlete_fail_client_new("{", 1, NULL, NULL, &client, &reply) !=
        AUTHLETE_FAIL_STATUS_INVALID_CONFIG)
        return 1;
    authlete_fail_reply_free(reply);
    if (strcmp(authlete_fail_version(), AUTHLETE_FAIL_VERSION)) return 1;
    puts(authlete_fail_version());
#ifdef OTHER
    puts(other_catches() ? "caught" : "not caught");
#endif
    return 0;
}
