"""HTTP as bytes: requests that are signed and otherwise as one likes, and answers read as they come."""
import json
import socket

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from harness import REGION

LIMIT = 20


class Wire:
    def __init__(self, endpoint, key):
        self.endpoint, self.key = endpoint, botocore.credentials.Credentials(*key)
        host, port = endpoint.removeprefix("http://").rsplit(":", 1)
        self.host, self.address = f"{host}:{port}", (host, int(port))

    def headers(self, method="POST", target="/ListComponents", body=b"{}", more=()):
        request = botocore.awsrequest.AWSRequest(
            method, self.endpoint + target, data=body, headers={"content-type": "application/json", **dict(more)})
        botocore.auth.SigV4Auth(self.key, "imagebuilder", REGION).add_auth(request)
        return [("Host", self.host)] + list(request.headers.items())

    def request(self, method="POST", target="/ListComponents", body=b"{}", version="HTTP/1.1", name=str, more=(), unsigned=(),
                length=True):
        """- name: what becomes of a header's name; unsigned: headers that the signature does not know of."""
        lines = [f"{method} {target} {version}"]
        lines += [f"{name(one)}: {value}" for one, value in self.headers(method, target, body, more) + list(unsigned)]
        if length:
            lines.append(f"{name('Content-Length')}: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def connect(self):
        return Connection(self.address)

    def ask(self, data, isHead=False):
        with self.connect() as connection:
            connection.send(data)
            return connection.answer(isHead)


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address, LIMIT)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has answered before the end.

    def more(self):
        try:
            found = self.socket.recv(65536)
        except ConnectionResetError:
            found = b""
        self.rest += found
        return bool(found)

    def answer(self, isHead=False):
        """Status, headers and body; None where the other side has closed without one."""
        while b"\r\n\r\n" not in self.rest:
            if not self.more():
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ")
        assert version == "HTTP/1.1", first
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        assert int(status) < 500, (first, headers, self.rest[:500])
        length = 0 if isHead or status in ("204", "304") else int(headers["content-length"])
        while len(self.rest) < length:
            assert self.more(), "the answer's body is cut off"
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(status), headers, body

    def ends(self):
        """Whether the other side closes, all that it has said being read."""
        return not self.rest and not self.more()


def named(answer, status, error=None):
    assert answer is not None, "closed without an answer"
    assert answer[0] == status, answer
    assert error is None or answer[1].get("x-amzn-errortype") == error, answer
    if answer[2] and status != 200:
        assert json.loads(answer[2])["message"], answer
