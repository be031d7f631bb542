"""A small OpenID Connect provider whose facts about a person come signed, as ProConnect's do."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "fundadmin"


class SigningProvider:
    """`facts`: what is told of whoever logs in; `key` and `kid`: with what it is signed."""

    def __init__(self) -> None:
        self.published = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key, self.kid = self.published, "cle-1"
        self.facts: dict[str, Any] = {}
        self.address = ""

    def answer(self, path: str) -> tuple[str, str]:
        """Content type and body."""
        if path.endswith("openid-configuration"):
            ends = {"authorization_endpoint": "aller", "token_endpoint": "jeton", "userinfo_endpoint": "faits"}
            places = {name: f"{self.address}/{end}" for name, end in ends.items()}
            told: Any = {"issuer": self.address, "jwks_uri": f"{self.address}/cles", **places}
        elif path == "/jeton":
            told = {"access_token": "jeton", "token_type": "Bearer", "id_token": self.signed({"sub": "un-sujet"})}
        elif path == "/cles":
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key(), as_dict=True)
            told = {"keys": [{**public, "kid": "cle-1", "alg": "RS256", "use": "sig"}]}
        else:
            return "application/jwt; charset=utf-8", self.signed({"sub": "un-sujet", **self.facts})
        return "application/json", json.dumps(told)

    def signed(self, facts: dict[str, Any]) -> str:
        whole = {"iss": self.address, "aud": CLIENT, "exp": int(time.time()) + 60, **facts}
        return jwt.encode(whole, self.key, algorithm="RS256", headers={"kid": self.kid} if self.kid else None)


@contextmanager
def running() -> Iterator[SigningProvider]:
    provider = SigningProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = provider.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_args: Any) -> None:
            """A test prints nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
