// secrets.c: what is left in memory after everything was freed. The secrets come masked, on stdin,
// so that this program leaves none itself: it unmasks them in place and wipes what it made of them.

#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

enum { MASK = 0x55, MOST = 64 * 1024, NEEDLES = 8 };

struct text {
    unsigned char *bytes; // masked
    size_t len;
};

static struct text read_text(void) {
    struct text text = {NULL, 0};
    if (scanf("%zu", &text.len) != 1 || text.len > MOST || getchar() != '\n') {
        exit(2);
    }
    text.bytes = malloc(text.len);
    if (fread(text.bytes, 1, text.len, stdin) != text.len) {
        exit(2);
    }
    return text;
}

static void mask(struct text text) {
    for (size_t i = 0; i < text.len; i++) {
        text.bytes[i] ^= MASK;
    }
}

// How often the text is in the memory of this process. It is never there as a whole for the search.
static int count(struct text wanted) {
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    unsigned char *copy = mmap(NULL, 1 << 26, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                               -1, 0);
    char line[512];
    int found = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start, end;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3 || rights[0] != 'r' ||
            start == (uintptr_t)copy || end - start > 1 << 26 || strstr(line, "[v") != NULL) {
            continue;
        }
        ssize_t len = pread(memory, copy, end - start, (off_t)start);
        for (ssize_t i = 0; i + (ssize_t)wanted.len <= len; i++) {
            size_t same = 0;
            while (same < wanted.len && (copy[i + (ssize_t)same] ^ MASK) == wanted.bytes[same]) {
                same++;
            }
            if (same == wanted.len) {
                found++;
                line[strcspn(line, "\n")] = '\0';
                fprintf(stdout, "found at +0x%zx of %s\n", (size_t)i, line);
            }
        }
        explicit_bzero(copy, end - start);
    }
    munmap(copy, 1 << 26);
    close(memory);
    fclose(maps);
    return found;
}

// stdin: the configuration, the request, and what must be gone; each as a length, a newline and
// masked bytes.
int main(int argument_count, char **arguments) {
    if (argument_count != 2) {
        return 2;
    }
    setvbuf(stdin, NULL, _IONBF, 0);
    int calls = atoi(arguments[1]), needle_count = 0;
    struct text config = read_text(), request = read_text(), needles[NEEDLES];
    scanf("%d", &needle_count);
    for (int i = 0; i < needle_count && i < NEEDLES; i++) {
        needles[i] = read_text();
    }
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = NULL;
    mask(config);
    authlete_fail_client_new((char *)config.bytes, config.len, NULL, NULL, &client, &reply);
    mask(config);
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    for (int i = 0; i < calls; i++) {
        mask(request);
        authlete_fail_authorization(client, (char *)request.bytes, request.len, &reply);
        mask(request);
        finish(reply, AUTHLETE_FAIL_STATUS_OK);
    }
    // Otherwise the search would find nothing ever. Only the token is meant to be kept.
    CHECK(count(needles[0]) > 0);
    authlete_fail_client_free(client);
    for (int i = 0; i < needle_count; i++) {
        printf("secret %d\n", i);
        CHECK_INT(count(needles[i]), 0);
    }
    return check_result("secrets");
}
