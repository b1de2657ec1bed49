// pages.h: the server's own HTML. All to be freed by text_free(); without bytes if memory is out.

#ifndef PAGES_H
#define PAGES_H

#include "text.h"

// `key` goes into a hidden field, and comes back with the form.
struct text login_page(const char *client_name, const char *key, bool is_again);
struct text consent_page(const char *client_name, const char *key);
struct text error_page(const char *message);

// For the server's own pages. Without form-action: browsers apply it to the redirect that follows
// the form, which leads to the OAuth client.
#define OWN_POLICY "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// For Authlete's page that posts itself to the OAuth client, by a script of its own.
#define FORM_POLICY \
    "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

#endif
