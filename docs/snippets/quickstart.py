"""Fail an authorization request: the user said no."""

import sys

from authlete_fail import Client, Error

client = Client()  # one for all threads, from the environment variables AUTHLETE_*
try:
    reply = client.authorization(ticket=sys.argv[1], reason="DENIED")
except Error as error:
    print(error, file=sys.stderr)
    reply = error.reply  # what is known of the call

response = reply.response  # always there, whatever happened
print("HTTP", response.status)
for name, value in response.headers:
    print(f"{name}: {value}")
print(f"\n{response.body.decode()}")
