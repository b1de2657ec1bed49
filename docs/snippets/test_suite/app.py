"""A server that denies every request."""

from authlete_fail import Client, Error
from fastapi import FastAPI, Response


def create_app(client: Client) -> FastAPI:
    """Return the application; the client is shared by all its threads."""
    app = FastAPI()

    @app.post("/deny")
    def deny(ticket: str) -> Response:
        try:
            reply = client.authorization(ticket=ticket, reason="DENIED")
        except Error as error:
            reply = error.reply
        response = reply.response
        return Response(response.body, response.status, dict(response.headers))

    return app
