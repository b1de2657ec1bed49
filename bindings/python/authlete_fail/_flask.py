"""The response class of `Response.to_flask`; imported when that method is called."""

from __future__ import annotations

from typing import Any

import flask


class VerbatimResponse(flask.Response):
    """Sends `Location` unaltered. Flask would percent-encode characters such as `{`."""

    def get_wsgi_headers(self, environ: Any) -> Any:
        """Return the headers to send."""
        headers = super().get_wsgi_headers(environ)
        if "Location" in self.headers:
            headers["Location"] = self.headers["Location"]
        return headers
