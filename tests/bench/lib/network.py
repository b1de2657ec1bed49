"""Private network namespaces, which the kernel removes with the last process in them."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import struct
import subprocess

# From 198.18.0.0/15, which RFC 2544 reserves for benchmarks.
CLIENT, SERVER = "198.18.0.1", "198.18.0.2"

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
DEVICE = "tun0"


def enter_namespace(address: str, peer: str) -> int:
    """Move this process to a new network namespace; return its TUN device, which leads to `peer`.

    Child processes started later are in that namespace, too. Earlier ones, and open sockets, stay
    in theirs. The namespace has no other connection to the outside.
    """
    if shutil.which("ip") is None:
        raise SystemExit("ip is not installed: apt-get install iproute2")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise SystemExit(f"cannot create a network namespace: {reason}; run as root")
    try:
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        name = struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(device, TUNSETIFF, name)
    except OSError as error:
        raise SystemExit(f"cannot open a TUN device: /dev/net/tun: {error.strerror}") from error
    for arguments in (
        ["address", "add", address, "peer", peer, "dev", DEVICE],
        ["link", "set", DEVICE, "up"],
        ["link", "set", "lo", "up"],
    ):
        subprocess.run(["ip", *arguments], check=True)
    return device
