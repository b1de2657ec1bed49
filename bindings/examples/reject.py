"""Fail an authorization request because the user denied access."""

import sys

from authlete_fail import Client, Error

client = Client()  # shared by all threads; configured from the AUTHLETE_* variables
try:
    reply = client.authorization(ticket=sys.argv[1], reason="DENIED")
except Error as error:
    print(error, file=sys.stderr)
    reply = error.reply  # the exception carries the reply

response = reply.response  # set even if the call failed
print("HTTP", response.status)
for name, value in response.headers:
    print(f"{name}: {value}")
print(f"\n{response.body.decode()}")
