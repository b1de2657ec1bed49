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

static constexpr char LOGIN[] = R"( asks you to log in.</p>
<form method="post" action="/login">
<input name="username" autocomplete="username" required>
<input name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>
)";

static constexpr char CONSENT[] = R"( wants to act for you.</p>
<form method="post" action="/consent">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
)";

/// A page that begins with `text`, and goes on with `html`.
static std::string page(std::string_view title, std::string_view text, std::string_view html) {
    std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
    page.append(title).append("</title></head>\n<body>\n<p>");
    page.append(escape(text)).append(html).append("</body>\n</html>\n");
    return page;
}

std::string login_page(std::string_view client_name) {
    return page("Log in", client_name, LOGIN);
}

std::string consent_page(std::string_view client_name) {
    return page("Allow?", client_name, CONSENT);
}

std::string error_page(std::string_view message) {
    return page("Error", message, "</p>\n");
}
