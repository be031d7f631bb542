"""A small real SMTP server on 127.0.0.1 that misbehaves as it is told, connection by connection."""

import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum


class Does(StrEnum):
    """What the server does with one connection."""

    TAKE = "take"
    WAIT = "wait"  # nothing is said until `go_on` is set, and then nothing is taken
    REFUSE_CONNECTION = "refuse_connection"  # 421 instead of a greeting
    HANG_UP = "hang_up"  # no greeting at all
    REFUSE_SENDER = "refuse_sender"
    REFUSE_RECIPIENT = "refuse_recipient"
    REFUSE_FOR_NOW = "refuse_for_now"
    DROP_BEFORE_DATA = "drop_before_data"
    REFUSE_DATA = "refuse_data"
    REFUSE_MESSAGE = "refuse_message"  # the message came whole, and is refused
    DROP_AFTER_DATA = "drop_after_data"  # the message came whole and may be delivered; no answer
    DROP_IN_DATA = "drop_in_data"


SURELY_UNSENT = (
    Does.REFUSE_CONNECTION,
    Does.HANG_UP,
    Does.REFUSE_SENDER,
    Does.REFUSE_RECIPIENT,
    Does.REFUSE_FOR_NOW,
    Does.DROP_BEFORE_DATA,
    Does.REFUSE_DATA,
    Does.REFUSE_MESSAGE,
)
UNCERTAIN = (Does.DROP_AFTER_DATA, Does.DROP_IN_DATA)


class Server(socketserver.ThreadingTCPServer):
    """`received`: (recipients, message) of each mail that may reach somebody."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.script: list[Does] = []
        self.received: list[tuple[tuple[str, ...], EmailMessage]] = []
        self.connections = 0
        self.lock = threading.Lock()
        self.go_on = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def will(self, *script: Does) -> None:
        """What it does with the next connections; afterwards it takes everything."""
        self.script = list(script)

    def next(self) -> Does:
        with self.lock:
            self.connections += 1
            return self.script.pop(0) if self.script else Does.TAKE

    def recipients(self) -> list[str]:
        return sorted(recipient for recipients, _message in self.received for recipient in recipients)

    def messages(self) -> list[EmailMessage]:
        return [message for _recipients, message in self.received]


class Conversation(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        does = self.server.next()
        if does == Does.WAIT:
            self.server.go_on.wait()
        if does in (Does.HANG_UP, Does.WAIT):
            return
        if does == Does.REFUSE_CONNECTION:
            self.say("421 not now")
            return
        self.say("220 test")
        recipients: list[str] = []
        refusals = {
            Does.REFUSE_SENDER: ("MAIL", "550 not you"),
            Does.REFUSE_RECIPIENT: ("RCPT", "550 nobody@secret.invalid is unknown"),
            Does.REFUSE_FOR_NOW: ("RCPT", "451 later"),
            Does.REFUSE_DATA: ("DATA", "554 no"),
        }
        while line := self.rfile.readline():
            verb = line[:4].upper().decode()
            refused, answer = refusals.get(does, ("", ""))
            if verb == refused:
                self.say(answer)
            elif verb == "RCPT":
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
                self.say("250 ok")
            elif verb == "DATA":
                if not self.data(does, recipients):
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def data(self, does: Does, recipients: Sequence[str]) -> bool:
        """Take the message; False to hang up."""
        if does == Does.DROP_BEFORE_DATA:
            return False
        self.say("354 go on")
        if does == Does.DROP_IN_DATA:
            self.rfile.readline()
            return False
        content = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            content += line[1:] if line.startswith(b"..") else line
        if does == Does.REFUSE_MESSAGE:
            self.say("554 spam")
            return True
        message = message_from_bytes(content, policy=policy.default)
        with self.server.lock:
            self.server.received.append((tuple(recipients), message))
        if does == Does.DROP_AFTER_DATA:
            return False
        self.say("250 taken")
        return True


@contextmanager
def running() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
