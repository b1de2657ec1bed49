// pages.h: the HTML pages of the server. The caller frees each with text_free(). `bytes` is NULL if
// out of memory.

#ifndef PAGES_H
#define PAGES_H

#include "text.h"

// `key` becomes a hidden field, which the form returns.
struct text login_page(const char *client_name, const char *key, bool is_retry);
struct text consent_page(const char *client_name, const char *key);
struct text error_page(const char *message);

// For the server's own pages. It has no form-action, because browsers also apply that to the
// redirect after the form, which leads to the OAuth client.
#define OWN_POLICY "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// For Authlete's page, whose inline script posts a form to the OAuth client.
#define FORM_POLICY \
    "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

#endif
