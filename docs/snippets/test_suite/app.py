"""A server that denies every request."""

from authlete_fail import Client, Error
from fastapi import FastAPI
from starlette.responses import Response


def create_app(client: Client) -> FastAPI:
    """Return the application; the client is shared by all its threads."""
    app = FastAPI()

    @app.post("/deny")
    def deny(ticket: str) -> Response:
        try:
            reply = client.authorization(ticket=ticket, reason="DENIED")
        except Error as error:
            reply = error.reply
        return reply.response.to_starlette()

    return app
