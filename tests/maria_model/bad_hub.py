"""A model hub on this computer that drops, stalls, lies and corrupts as a test tells it to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import huggingface_hub
import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class BadHub:
    """Repositories by name, and for every file a list of misdeeds, one a request.

    A misdeed is one of: "drop N" (hang up after N bytes), "stall N" (go silent after N bytes),
    "status N", "corrupt", "whole" (ignore the range), "shift" (send another range), "short N" and
    "long N" (announce N bytes fewer or more), "page" (an error page with status 200), "endless".
    """

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.misdeeds: dict[str, list[str]] = defaultdict(list)
        self.requests: list[tuple[str, str]] = []
        self.commits: dict[str, str] = {}
        self.commit = COMMIT
        self.closing = threading.Event()
        self.endpoint = ""

    def listing(self, repository: str) -> dict[str, Any]:
        """What the hub's API says of a repository."""
        siblings = []
        for name, content in self.files[repository].items():
            about: dict[str, Any] = {"rfilename": name, "size": len(content)}
            about["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            if name.endswith(".safetensors"):
                sha256 = hashlib.sha256(content).hexdigest()
                about["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 1}
            siblings.append(about)
        return {
            "id": repository,
            "modelId": repository,
            "sha": self.commit_of(repository),
            "siblings": siblings,
        }

    def commit_of(self, repository: str) -> str:
        """The current commit of a repository."""
        return self.commits.get(repository, self.commit)

    def asked(self, name: str) -> list[str]:
        """The ranges that were asked for of a file, "" for the whole."""
        return [given for path, given in self.requests if path.endswith("/" + name)]


@contextmanager
def reachable(hub: BadHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadHub]:
    """Let the hub's library find this hub, whatever proxy or ban the environment names."""
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    huggingface_hub.close_session()
    yield hub
    huggingface_hub.close_session()


class _Handler(BaseHTTPRequestHandler):
    hub: BadHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(self.path.split("?")[0])
        self.close_connection = True
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            self._list(found[1], found[2])
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._give(found[1], found[3])
        else:
            self._answer(404, b"no")

    def _list(self, repository: str, revision: str | None) -> None:
        if repository not in self.hub.files:
            self._answer(404, b"no", {"X-Error-Code": "RepoNotFound"})
        elif revision not in (None, "main", self.hub.commit_of(repository)):
            self._answer(404, b"no", {"X-Error-Code": "RevisionNotFound"})
        else:
            self._answer(200, json.dumps(self.hub.listing(repository)).encode())

    def _give(self, repository: str, name: str) -> None:
        content = self.hub.files[repository][name]
        asked = self.headers.get("Range", "")
        self.hub.requests.append((self.path, asked))
        deed, _, argument = (self.hub.misdeeds[name] or [""]).pop(0).partition(" ")
        amount = int(argument or 0)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        if deed == "status":
            return self._answer(amount, b"<html>not now</html>")
        if deed == "page":
            return self._answer(200, b"<html>Please log in to this network.</html>")
        if deed == "whole":
            start = 0
        if deed == "shift":
            start += 1
        if start >= len(content):
            return self._answer(416, b"")
        body = content[start:]
        announced = len(body) + {"short": -amount, "long": amount}.get(deed, 0)
        if deed in ("corrupt", "endless"):
            body = bytes([body[0] ^ 1]) + body[1:]
        self._begin(start, announced, len(content), endless=deed == "endless")
        if deed in ("drop", "stall"):
            self._send(body[:amount])
            if deed == "stall":
                self.hub.closing.wait(60)
        elif deed == "endless":
            self._send(body + body)
        else:
            self._send(body[:announced])
        return None

    def _begin(self, start: int, announced: int, total: int, *, endless: bool) -> None:
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if not endless:
            self.send_header("Content-Length", str(announced))
        self.send_header("Connection", "close")
        self.end_headers()

    def _send(self, body: bytes) -> None:
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            # The other side has heard enough.
            return

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self._send(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


@contextmanager
def running_hub() -> Iterator[BadHub]:
    """Serve until the block ends."""
    hub = BadHub()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
