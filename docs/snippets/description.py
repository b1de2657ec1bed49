"""Pass text of a user or an OAuth client in errorDescription."""

import sys

from authlete_fail import Client, Error

client = Client()


# [permitted]
def permitted(text: str) -> str:
    """Replace the characters that RFC 6749 does not permit in error_description; at most 1,000."""
    text = text.replace('"', "'")
    return "".join(c if " " <= c <= "~" and c != "\\" else "?" for c in text)[:1000]


# [/permitted]


# [cut]
def cut(text: str, limit: int = 1000) -> str:
    """Return the start of a text: at most `limit` bytes of UTF-8, and only whole characters."""
    return text.encode(errors="replace")[:limit].decode(errors="ignore")


# [/cut]

text = sys.argv[2]
if sys.argv[1] == "cut":
    text = cut(text)
elif sys.argv[1] == "permitted":
    text = permitted(text)
try:
    # [right]
    reply = client.backchannel_authentication(reason="ACCESS_DENIED", error_description=text)
    # [/right]
    problem = ""
except Error as error:
    reply, problem = error.reply, str(error)
print(problem + reply.response.body.decode())
