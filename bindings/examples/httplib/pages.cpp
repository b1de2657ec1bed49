#include "pages.hpp"

/// Escapes text for HTML content and for attributes in double quotes.
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

static constexpr char LOGIN[] = R"(<input name="username" autocomplete="username" required>
<input name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
)";

static constexpr char CONSENT[] = R"(<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
)";

/// A page that starts with the sentence `who` + `what`, followed by `html`.
static std::string page(std::string_view title, std::string_view who, std::string_view what,
                        std::string_view html) {
    std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
    page.append(title).append("</title></head>\n<body>\n<p>");
    page.append(escape(who)).append(what).append("</p>\n");
    page.append(html).append("</body>\n</html>\n");
    return page;
}

static std::string form(std::string_view action, std::string_view key, std::string_view fields) {
    std::string form = "<form method=\"post\" action=\"";
    form.append(action).append("\">\n<input type=\"hidden\" name=\"page\" value=\"");
    form.append(key).append("\">\n").append(fields).append("</form>\n");
    return form;
}

std::string login_page(std::string_view client_name, std::string_view key, bool is_retry) {
    return page("Log in", client_name,
                is_retry ? " asks you to log in. Wrong user name or password; please try again."
                         : " asks you to log in.",
                form("/login", key, LOGIN));
}

std::string consent_page(std::string_view client_name, std::string_view key) {
    return page("Allow?", client_name, " requests access to your account.",
                form("/consent", key, CONSENT));
}

std::string error_page(std::string_view message) {
    return page("Error", message, "", "");
}
