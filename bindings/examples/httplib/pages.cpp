#include "pages.hpp"

/// For text and for attributes in double quotes.
static std::string escape(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
        case '&': html += "&amp;"; break;
        case '<': html += "&lt;"; break;
        case '>': html += "&gt;"; break;
        case '"': html += "&quot;"; break;
        case '\'': html += "&#39;"; break;
        default: html += c;
        }
    }
    return html;
}

static std::string page(const char *title, const std::string &content) {
    return std::string("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>") +
           title + "</title></head>\n<body>\n" + content + "</body>\n</html>\n";
}

std::string login_page(std::string_view client_name) {
    return page("Log in", "<p>" + escape(client_name) + " asks you to log in.</p>\n" + R"(<form method="post" action="/login">
<input name="username" autocomplete="username" required>
<input name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>
)");
}

std::string consent_page(std::string_view client_name) {
    return page("Allow?", "<p>Allow " + escape(client_name) + " to act for you?</p>\n" + R"(<form method="post" action="/consent">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
)");
}

std::string error_page(std::string_view message) {
    return page("Error", "<p>" + escape(message) + "</p>\n");
}
