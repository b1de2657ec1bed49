// fail.c: a short form of ../fail.c, with the library loaded at run time.

#include <authlete_fail.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// The function `name`, with its type from the header.
#define LOADED(name) ((__typeof__(&name))dlsym(library, #name))

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s '{\"ticket\":\"...\",\"reason\":\"DENIED\"}'\n", argv[0]);
        return 2;
    }
    // By its SONAME: libauthlete_fail.so is only for linking.
    void *library = dlopen("libauthlete_fail.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    authlete_fail_client *client;
    authlete_fail_reply *reply;
    LOADED(authlete_fail_client_new)(NULL, 0, NULL, NULL, &client, NULL);
    LOADED(authlete_fail_authorization)(client, argv[1], strlen(argv[1]), &reply);
    printf("%d\n", LOADED(authlete_fail_reply_response_status)(reply));
    printf("%s: %s\n", LOADED(authlete_fail_reply_response_header_name)(reply, 0),
           LOADED(authlete_fail_reply_response_header_value)(reply, 0));
    LOADED(authlete_fail_reply_free)(reply);
    LOADED(authlete_fail_client_free)(client);
    dlclose(library);
    return 0;
}
