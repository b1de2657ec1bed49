"""A server's test suite that runs against the sandbox."""

import json
import subprocess
import unittest
import urllib.request
from typing import Any

from authlete_fail import Client, Outcome

SERVICE_ID = "21653835348762"
TOKEN = "sandbox-access-token"


class Deny(unittest.TestCase):
    """The user denies access."""

    def setUp(self) -> None:
        """Start the sandbox on a free port; the first line of its output contains its URL."""
        command = ["authlete-fail-sandbox", "--port", "0"]
        self.sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.sandbox.communicate)
        self.addCleanup(self.sandbox.terminate)
        assert self.sandbox.stdout is not None
        self.url = self.sandbox.stdout.readline().removeprefix("listening on ").strip()
        self.client = Client(base_url=self.url, service_id=SERVICE_ID, access_token=TOKEN)
        self.addCleanup(self.client.close)

    def post(self, path: str, document: dict[str, Any]) -> Any:
        """Send a POST request to the sandbox, as an authorization server does."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        body = json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, body, headers)
        with urllib.request.urlopen(request) as api_response:
            return json.load(api_response)

    def ticket(self) -> str:
        """Start an authorization request, and return its ticket."""
        parameters = "response_type=code&client_id=26478243745571&state=s1"
        path = f"/api/{SERVICE_ID}/auth/authorization"
        return str(self.post(path, {"parameters": parameters})["ticket"])

    def test_the_client_is_told(self) -> None:
        """The response redirects to the client with the error."""
        reply = self.client.authorization(ticket=self.ticket(), reason="DENIED")
        self.assertEqual(reply.response.status, 302)
        self.assertIn("error=access_denied", dict(reply.response.headers)["Location"])

    def test_a_late_user_gets_a_page(self) -> None:
        """No error can be delivered to the client after the ticket has expired."""
        ticket = self.ticket()
        self.post("/sandbox/clock", {"advanceSeconds": 60 * 60 * 25})
        reply = self.client.authorization(ticket=ticket, reason="DENIED")
        self.assertEqual(reply.outcome, Outcome.TICKET_INVALID)
        self.assertEqual(reply.response.status, 400)


if __name__ == "__main__":
    unittest.main()
