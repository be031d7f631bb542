"""Sends prepared requests over a few keep-alive connections, as fast as they are answered, from one light process."""

import json
import selectors
import socket
from collections.abc import Iterable, Mapping
from time import perf_counter
from urllib.parse import urlsplit

from tests.server import PROXY_HEADERS

END_OF_HEADERS = b"\r\n\r\n"


def request(method: str, path: str, headers: Mapping[str, str], body: object = None) -> bytes:
    """One request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    named = PROXY_HEADERS | {"Host": "127.0.0.1", "Content-Length": str(len(content))} | dict(headers)
    if content:
        named["Content-Type"] = "application/json"
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode() + content


class Connection:
    """One keep-alive connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname or "", address.port or 80))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def ask(self, sent: bytes) -> bytes:
        """Send, and wait for the whole answer: its body."""
        self.socket.sendall(sent)
        while (body := self.take()) is None:
            pass
        return body

    def take(self) -> bytes | None:
        """Read what has come; the answer's body once it is whole. Anything but a success is an error."""
        came = self.socket.recv(65536)
        assert came, "the server closed the connection"
        self.received += came
        head, found, body = self.received.partition(END_OF_HEADERS)
        if not found:
            return None
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return None
        assert head.startswith(b"HTTP/1.1 200"), self.received.decode()
        self.received = b""
        return body


def rate(connections: Iterable[Connection], requests: Iterable[bytes]) -> float:
    """Answers per second over all the connections together."""
    waiting = iter(requests)
    answered = 0
    with selectors.DefaultSelector() as selector:
        begin = perf_counter()
        for connection in connections:
            if (first := next(waiting, None)) is not None:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.socket.sendall(first)
        while selector.get_map():
            for key, _events in selector.select():
                if key.data.take() is None:
                    continue
                answered += 1
                if (following := next(waiting, None)) is None:
                    selector.unregister(key.data.socket)
                else:
                    key.data.socket.sendall(following)
        return answered / (perf_counter() - begin)
