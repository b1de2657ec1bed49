// secrets.c: scans the memory of the process after the client was freed. The secrets are read masked
// from stdin and unmasked in place only during calls, so that this program leaves no copies itself.

#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

enum { MASK = 0x55, MOST = 256 * 1024, NEEDLES = 8 };

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

// Counts the copies of the text in the memory of this process. The search itself never unmasks it.
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

// stdin: the configuration, the request, the options of a general call, and the secrets that must be
// gone; each as a length, a newline and masked bytes. The first secret is in memory while the client
// exists. Without options, the call is authlete_fail_authorization().
static struct text settings, request, options, needles[NEEDLES];
static int needle_count = -1;

static void read_input(void) {
    setvbuf(stdin, NULL, _IONBF, 0);
    settings = read_text();
    request = read_text();
    options = read_text();
    if (scanf("%d", &needle_count) != 1 || needle_count < 1 || needle_count > NEEDLES) {
        exit(2);
    }
    for (int i = 0; i < needle_count; i++) {
        needles[i] = read_text();
    }
}

// The configuration is unmasked until the next mask().
static authlete_fail_reply *create(authlete_fail_client **client) {
    if (needle_count < 0) {
        read_input();
    }
    mask(settings);
    return new_client((char *)settings.bytes, settings.len, check_line, NULL, client);
}

static void scan_after_calls(authlete_fail_status expected) {
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = create(&client);
    mask(settings);
    finish(reply, AUTHLETE_FAIL_STATUS_OK);
    for (int i = 0; i < number; i++) {
        mask(request);
        mask(options);
        reply = options.len == 0
            ? fail_authorization(client, (char *)request.bytes, request.len)
            : general_call(client, "/auth/authorization/issue", (char *)request.bytes, request.len,
                           (char *)options.bytes, options.len);
        mask(request);
        mask(options);
        finish(reply, expected);
    }
    CHECK(count(needles[0]) > 0); // the scan works
    authlete_fail_client_free(client);
    for (int i = 0; i < needle_count; i++) {
        printf("secret %d\n", i);
        CHECK_INT(count(needles[i]), 0);
    }
}

// The configuration is refused.
static void wiped_after_an_invalid_configuration(void) {
    authlete_fail_client *client = NULL;
    authlete_fail_reply *reply = create(&client);
    CHECK(count(needles[0]) > 0); // the scan works: the configuration contains this secret
    mask(settings);
    finish(reply, AUTHLETE_FAIL_STATUS_INVALID_CONFIG);
    for (int i = 0; i < needle_count; i++) {
        printf("secret %d\n", i);
        CHECK_INT(count(needles[i]), 0);
    }
}

static void wiped(void) {
    scan_after_calls(AUTHLETE_FAIL_STATUS_OK);
}

static void wiped_without_connection(void) {
    scan_after_calls(AUTHLETE_FAIL_STATUS_CONNECT);
}

static void wiped_after_a_loss(void) {
    scan_after_calls(AUTHLETE_FAIL_STATUS_NETWORK);
}

static void wiped_after_a_refusal(void) {
    scan_after_calls(AUTHLETE_FAIL_STATUS_INVALID_REQUEST);
}

static const struct mode MODES[] = {
    {"wiped", wiped},
    {"wiped-without-connection", wiped_without_connection},
    {"wiped-after-a-loss", wiped_after_a_loss},
    {"wiped-after-a-refusal", wiped_after_a_refusal},
    {"wiped-after-an-invalid-configuration", wiped_after_an_invalid_configuration},
};

int main(int argument_count, char **arguments) {
    return RUN_IN_FRAME(MODES, argument_count, arguments);
}
