// A program with two independent libraries that both use authlete_fail.

#include <stdio.h>

int login_failed(const char *request);
int token_failed(const char *request);

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s AUTHORIZATION_REQUEST TOKEN_REQUEST\n", argv[0]);
        return 2;
    }
    int login = login_failed(argv[1]);
    int token = token_failed(argv[2]);
    printf("%d %d\n", login, token);
    return 0;
}
