#include "pages.h"

#include <stdlib.h>

static const char LOGIN[] =
    "<input name=\"username\" autocomplete=\"username\" required>\n"
    "<input name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\n"
    "<button>Log in</button>\n";

static const char CONSENT[] = "<button name=\"decision\" value=\"allow\">Allow</button>\n"
                              "<button name=\"decision\" value=\"deny\">Deny</button>\n";

// A page that starts with the sentence `who` + `what`, followed by `html`.
static struct text page(const char *title, const char *who, const char *what, const char *html) {
    struct text page = {0};
    char *escaped = text_escaped(who);
    if (escaped && html) {
        text_print(&page,
                   "<!DOCTYPE html>\n"
                   "<html lang=\"en\">\n"
                   "<head><meta charset=\"utf-8\"><title>%s</title></head>\n"
                   "<body>\n<p>%s%s</p>\n%s</body>\n"
                   "</html>\n",
                   title, escaped, what, html);
    }
    free(escaped);
    return page;
}

static struct text form(const char *action, const char *key, const char *fields) {
    struct text form = {0};
    text_print(&form,
               "<form method=\"post\" action=\"%s\">\n"
               "<input type=\"hidden\" name=\"page\" value=\"%s\">\n%s</form>\n",
               action, key, fields);
    return form;
}

struct text login_page(const char *client_name, const char *key, bool is_retry) {
    const char *what =
        is_retry ? " asks you to log in. Wrong user name or password; please try again."
                 : " asks you to log in.";
    struct text html = form("/login", key, LOGIN);
    struct text whole = page("Log in", client_name, what, html.bytes);
    text_free(&html);
    return whole;
}

struct text consent_page(const char *client_name, const char *key) {
    struct text html = form("/consent", key, CONSENT);
    struct text whole =
        page("Allow?", client_name, " requests access to your account.", html.bytes);
    text_free(&html);
    return whole;
}

struct text error_page(const char *message) {
    return page("Error", message, "", "");
}
