#include "pages.h"

#include <stdlib.h>

static const char LOGIN[] =
    " asks you to log in.</p>\n"
    "<form method=\"post\" action=\"/login\">\n"
    "<input name=\"username\" autocomplete=\"username\" required>\n"
    "<input name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\n"
    "<button>Log in</button>\n"
    "</form>\n";

static const char CONSENT[] = " wants to act for you.</p>\n"
                              "<form method=\"post\" action=\"/consent\">\n"
                              "<button name=\"decision\" value=\"allow\">Allow</button>\n"
                              "<button name=\"decision\" value=\"deny\">Deny</button>\n"
                              "</form>\n";

// A page that begins with `text`, and goes on with `html`.
static struct text page(const char *title, const char *text, const char *html) {
    struct text page = {0};
    char *escaped = text_escaped(text);
    if (escaped) {
        text_print(&page,
                   "<!DOCTYPE html>\n"
                   "<html lang=\"en\">\n"
                   "<head><meta charset=\"utf-8\"><title>%s</title></head>\n"
                   "<body>\n<p>%s%s</body>\n"
                   "</html>\n",
                   title, escaped, html);
    }
    free(escaped);
    return page;
}

struct text login_page(const char *client_name) {
    return page("Log in", client_name, LOGIN);
}

struct text consent_page(const char *client_name) {
    return page("Allow?", client_name, CONSENT);
}

struct text error_page(const char *message) {
    return page("Error", message, "</p>\n");
}
