"""A small ClamAV daemon: the real INSTREAM protocol on a local socket, and one signature, EICAR's."""

import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from tests.grants.made_files import EICAR

COMMAND = b"zINSTREAM\0"


class _Scan(socketserver.StreamRequestHandler):
    server: "FakeClamd"

    def handle(self) -> None:
        # clamd takes commands that begin with `n` to a line's end, with `z` to a NUL.
        first = self.rfile.read(1)
        end = b"\n" if first == b"n" else b"\0"
        command = b""
        while not command.endswith(end):
            command += self.rfile.read(1)
        assert command[:-1] == b"INSTREAM"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.seen.append(content)
        answer = self.server.answer or (b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK")
        if answer != b"hang up":
            self.wfile.write(answer + end)


class FakeClamd(socketserver.ThreadingUnixStreamServer):
    """`seen`: what it was given. `answer`: what it says instead of what it found."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.seen: list[bytes] = []
        self.answer = b""
        super().__init__(str(path), _Scan)


@contextmanager
def fake_clamd(path: Path) -> Iterator[FakeClamd]:
    with FakeClamd(path) as daemon:
        thread = Thread(target=daemon.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield daemon
        finally:
            daemon.shutdown()
            thread.join()
