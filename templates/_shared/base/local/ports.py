"""The port of the local AWS: the usual one, or a free one where another program has it."""

import socket

USUAL = 4566


def listen(preferred: int = USUAL) -> socket.socket:
    """Returns a socket that listens on this machine only, on the preferred port or on any free one.

    The socket is handed to the server as it is: a port that was only looked up may be taken a moment later.
    """
    try:
        return _listen(preferred)
    except OSError:
        return _listen(0)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
