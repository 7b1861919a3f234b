"""serve.py moto|ministack PORT: runs the server until standard input ends, then ends it and everything it started.

Whoever starts it holds the other end of standard input. However they end, the server ends with them.
"""

import os
import runpy
import signal
import sys
import threading


def stay_on_loopback(event: str, arguments: tuple) -> None:
    if event not in ("socket.bind", "socket.connect", "socket.sendto"):
        return
    address = arguments[1]
    # Anything else is a path: a socket of this machine.
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise PermissionError(f"{event}: {address} is not loopback")
    # Behind TLS MiniStack would also take the port of HTTPS.
    if event == "socket.bind" and isinstance(address, tuple) and 0 < address[1] < 1024:
        raise PermissionError(f"{event}: {address} is no free port")


def end_with(parent: int) -> None:
    while os.read(parent, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    name, port = sys.argv[1:]
    sys.addaudithook(stay_on_loopback)
    os.setpgid(0, 0)
    # No child gets the parent's end.
    parent = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()

    if name == "moto":
        sys.argv = ["moto_server", "-H", "127.0.0.1", "-p", port]
        runpy.run_module("moto.server", run_name="__main__")
    else:
        os.environ.update(BIND_HOST="127.0.0.1", GATEWAY_PORT=port)
        sys.argv = ["ministack"]
        runpy.run_module("ministack", run_name="__main__")


main()
