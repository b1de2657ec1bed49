"""An authorization endpoint in Django. The consent page has only one button: Deny.

This is one file, so that it runs as it is. In a project, the parts are in settings.py, views.py,
urls.py and wsgi.py.
"""

import os
import secrets
from typing import Any

from authlete_fail import Client, Error, Reply
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],  # the same in all workers
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    # On the server, because a ticket must not reach the browser. In files: there is no database.
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
    CSRF_COOKIE_SECURE=True,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    },
)

client = Client()  # shared by all threads; may be created before gunicorn forks the workers


@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """Show the consent page."""
    parameters = request.META["QUERY_STRING"]
    try:
        reply = client.call("/auth/authorization", {"parameters": parameters})
        if reply.action == "NO_INTERACTION":  # prompt=none; this server has no login sessions
            ticket = (reply.document or {})["ticket"]
            reply = client.authorization(ticket=ticket, reason="NOT_LOGGED_IN")
    except Error as error:
        reply = error.reply
    if reply.action != "INTERACTION":
        return send(reply)
    document = reply.document or {}
    key = secrets.token_urlsafe()
    request.session["pending"] = {"key": key, "ticket": document["ticket"]}
    form = (
        '<form method="post" action="/deny">\n<input type="hidden" name="key" value="{}">\n'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">\n'
        "<p>{} asks for access to your account.</p>\n<button>Deny</button>\n</form>"
    )
    name = document["client"].get("clientName") or "An application"
    return page(format_html(form, key, get_token(request), name))


@require_POST
def deny(request: HttpRequest) -> HttpResponse:
    """Send the user back to the OAuth client."""
    pending = request.session.pop("pending", None)
    if not pending or pending["key"] != request.POST.get("key"):
        # The form was sent twice, too late, or from an earlier page.
        return page("<p>Please return to the application and try again.</p>", 400)
    try:
        reply = client.authorization(ticket=pending["ticket"], reason="DENIED")
    except Error as error:
        reply = error.reply  # the library has logged the cause
    return send(reply)


def send(reply: Reply[Any]) -> HttpResponse:
    """Send the library's response. If it is an error, show the user a page instead."""
    if reply.response and reply.response.status < 400:
        response: HttpResponse = reply.response.to_django()
        return response
    status = reply.response.status if reply.response else 500
    return page("<p>The request failed. Please return to the application.</p>", status)


def page(body: str, status: int = 200) -> HttpResponse:
    """Return a page that is not cached."""
    html = f"<!DOCTYPE html>\n<title>Consent</title>\n{body}\n"
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-store"})


urlpatterns = [path("authorize", authorize), path("deny", deny)]
application = get_wsgi_application()
