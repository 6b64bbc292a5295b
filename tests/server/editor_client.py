"""A canvas editor's side of the wire, written from its description alone.

It shares nothing with the package: sockets, lines and JSON are all it knows. What the description
says a client may rely on is checked while reading.
"""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Message:
    """One server-sent event."""

    name: str
    data: dict[str, Any]
    id: str


@dataclass
class Stream:
    """An event stream that is being read."""

    connection: http.client.HTTPConnection
    reply: http.client.HTTPResponse
    comments: list[str] = field(default_factory=list)
    last_id: str = ""

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Message]:
        name, data, count = "", "", 0
        while raw := self.reply.readline():
            line = raw.decode().rstrip("\n")
            if line.startswith(":"):
                self.comments.append(line)
            elif line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data, count = line[6:], count + 1
            elif line == "" and name:
                assert count == 1, "the payload is one line"
                yield Message(name, json.loads(data), self.last_id)
                name, data, count = "", "", 0
            else:
                assert line == "", f"an unexpected line: {line!r}"

    def until(self, name: str) -> Message:
        """The next event of that name."""
        for message in self:
            if message.name == name:
                return message
        raise AssertionError(f"the stream ended without {name}")

    def close(self) -> None:
        """Go away, whatever is still to come."""
        self.reply.close()
        self.connection.close()


@dataclass
class Reply:
    """An answer, whole."""

    status: int
    headers: http.client.HTTPMessage
    data: bytes

    def json(self) -> Any:
        """Its body as JSON."""
        assert self.headers["Content-Type"].startswith("application/json"), self.data[:300]
        return json.loads(self.data)


@dataclass
class EditorClient:
    """Talks to one server."""

    url: str
    token: str | None
    timeout: float = 60.0

    def open(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """An answer whose body is still to be read, and its connection."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=self.timeout)
        sent = {"Authorization": f"token {self.token}"} if self.token else {}
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        connection.request(method, parts.path.rstrip("/") + path, data, sent | (headers or {}))
        return connection, connection.getresponse()

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        """The answer."""
        connection, reply = self.open(method, path, body, **more)
        try:
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            reply.close()
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of a good answer."""
        reply = self.ask("GET", path)
        assert reply.status == 200, reply.data
        return reply.json()

    def post(self, path: str, body: object) -> Any:
        """The JSON of a good answer."""
        reply = self.ask("POST", path, body)
        assert reply.status == 200, reply.data
        return reply.json()

    def stream(
        self, path: str, body: object = None, *, last_id: str = "", method: str = ""
    ) -> Stream:
        """An event stream."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        method = method or ("GET" if body is None else "POST")
        connection, reply = self.open(method, path, body, headers=headers)
        stream = Stream(connection, reply)
        if reply.status != 200 or not reply.headers["Content-Type"].startswith("text/event-stream"):
            data = reply.read()
            stream.close()
            raise AssertionError(f"no stream, but {reply.status}: {data!r}")
        return stream

    def picture(self, url: str) -> Reply:
        """What a picture's root-relative address gives."""
        assert url.startswith("/"), "root-relative"
        parts = urlsplit(self.url)
        reply = EditorClient(f"{parts.scheme}://{parts.netloc}", self.token).ask("GET", url)
        assert reply.status == 200, reply.data
        return reply


def upload(client: EditorClient, data: bytes, *, field: str = "file") -> Reply:
    """What a form with one file is answered, as a page sends it."""
    boundary = "----page4f2a"
    head = (
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="{field}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    )
    form = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return client.ask("POST", "/api/media/upload/image", raw=form, headers=headers)


def sha256(data: bytes) -> str:
    """The hash of some bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def canvas(words: str = "a market at dawn", **more: Any) -> dict[str, Any]:
    """A canvas as an editor holds it: words, interception, picture, collector."""
    ids = ["input_1", "interception_1", "generation_1", "collector_1"]
    kinds = ["input", "interception", "generation", "collector"]
    nodes: list[dict[str, Any]] = [
        {"id": node_id, "type": kind, "x": 0, "y": 0, "config": {}}
        for node_id, kind in zip(ids, kinds, strict=True)
    ]
    nodes[0]["promptText"] = words
    nodes[1]["interceptionPreset"] = "stillepost"
    nodes[2] |= more
    connections = [
        {"sourceId": source, "targetId": target} for source, target in itertools.pairwise(ids)
    ]
    return {"nodes": nodes, "connections": connections}
