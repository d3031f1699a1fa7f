"""An issuer of tokens whose key a test holds: what no user pool would ever sign can be signed here.

RSA in a few lines of Python, good enough to be verified by others, and for nothing else.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # how PKCS #1 names the hash
_EXPONENT = 65537


class Key:
    """A key pair of 1024 bits, and its name."""

    def __init__(self, name: str = "test") -> None:
        p, q = _prime(512), _prime(512)
        self.name, self.modulus = name, p * q
        self._private = pow(_EXPONENT, -1, (p - 1) * (q - 1))

    def public(self) -> dict[str, str]:
        """The public half, as a set of keys has it."""
        named = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.name}
        return named | {"n": text(_bytes(self.modulus)), "e": text(_bytes(_EXPONENT))}

    def token(self, claims: Mapping[str, Any]) -> str:
        """A signed token with these claims."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.name}
        signed = ".".join(text(json.dumps(part).encode()) for part in (header, claims))
        digest = _SHA256 + hashlib.sha256(signed.encode()).digest()
        padded = b"\0\1" + b"\xff" * (128 - 3 - len(digest)) + b"\0" + digest
        return f"{signed}.{text(pow(int.from_bytes(padded), self._private, self.modulus).to_bytes(128))}"


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token."""
    header, claims, _ = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return json.loads(header), json.loads(claims)


def text(content: bytes) -> str:
    """Bytes as a token has them."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def issuer(key: Key) -> Iterator[str]:
    """Serves the key as issuers do, and gives the issuer's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            described = {"jwks_uri": f"{address}/keys"}
            served = described if self.path.endswith("configuration") else {"keys": [key.public()]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(served).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield address
        finally:
            server.shutdown()


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _prime(bits: int) -> int:
    while True:
        found = secrets.randbits(bits) | 3 << (bits - 2) | 1
        if found % _EXPONENT != 1 and all(pow(base, found - 1, found) == 1 for base in (2, 3, 5, 7)):
            return found
