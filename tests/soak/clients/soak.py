"""The Python program of the soak: arguments, input and output are those of soak.c; no forks."""

# ruff: noqa: S311 (nothing here is secret)

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time

from authlete_fail import Client, Error, Reply

# After one call in LONG_PAUSE_EVERY, in seconds: bursts, then idle time.
LONG_PAUSE_EVERY = 8
MAX_LONG_PAUSE = 3.2

is_over = threading.Event()


def contains_ticket(reply: Reply, ticket: str) -> bool:
    """Tell whether the response is the one for the ticket."""
    values = [value for _, value in reply.response.headers]
    return any(ticket in value for value in values) or ticket.encode() in reply.response.body


def call(clients: list[Client], choice: str, thread: int, number: int) -> None:
    """Make one call, and print its result."""
    index, behaviour = choice.split(" ")
    # A ticket has a fixed width after its behaviour, so that none is part of another.
    ticket = f"{behaviour}.{os.getpid():07}.{thread:02}.{number:08}"
    start = time.monotonic()
    try:
        reply = clients[int(index)].authorization(ticket=ticket, reason="DENIED")
    except Error as error:
        reply = error.reply
    duration = time.monotonic() - start
    retry_after_ms = -1 if reply.retry_after_ms is None else reply.retry_after_ms
    line = (
        f"{ticket} {index} {reply.attempts} {int(duration * 1e6)} {reply.status.name}"
        f" {reply.outcome.name} {reply.ticket_state.name} {reply.http_status or 0} {retry_after_ms}"
        f" {reply.response.status} {int(contains_ticket(reply, ticket))} {reply.error}\n"
    )
    # One write, so that lines of several threads do not mix.
    os.write(1, line.encode())


def call_until_over(clients: list[Client], choices: list[str], thread: int) -> None:
    """Choose calls at random."""
    number = 0
    while not is_over.is_set():
        call(clients, random.choice(choices), thread, number)
        number += 1
        if random.randrange(LONG_PAUSE_EVERY) == 0:
            is_over.wait(random.uniform(0, MAX_LONG_PAUSE))


def main() -> None:
    """Run the threads from the first line on stdin to the second."""
    thread_count, client_count = map(int, sys.argv[1:3])
    configs, choices = sys.argv[3 : 3 + client_count], sys.argv[3 + client_count :]
    clients = [Client(json.loads(config)) for config in configs]
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [
        threading.Thread(target=call_until_over, args=(clients, choices, number))
        for number in range(thread_count)
    ]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    is_over.set()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    print("done", flush=True)
    sys.stdin.readline()


main()
