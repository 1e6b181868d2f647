"""Requests as bytes: such as clients of all sorts send them, such as nobody should, and such as chance makes.

Each is answered, with no status of 500 or more, and where the connection stays open the next request on it is understood.
"""
import random
import socket

from raw import Wire, named


def wire(endpoint, key):
    one = Wire(endpoint, key)
    well(one)
    refused(one)
    documents(one)
    kept(one)
    chance(one)


def well(one):
    """What is unusual, and right."""
    for name in (str.lower, str.upper, str.title, lambda text: "".join(random.Random(text).choice((c.upper(), c.lower())) for c in text)):
        named(one.ask(one.request(name=name)), 200)
    named(one.ask(one.request(body=b"")), 200)
    named(one.ask(one.request(body=b" \r\n{\t}\n ")), 200)
    for kind in ("text/plain", "application/x-amz-json-1.1", "application/json; charset=utf-8", "multipart/form-data; boundary=x", "nonsense"):
        named(one.ask(one.request(more=[("content-type", kind)])), 200)
    # A header is one whether it is signed or not, but for AWS's own.
    named(one.ask(one.request(unsigned=[("X-Forwarded-For", "127.0.0.1"), ("Accept-Encoding", "gzip"), ("Cookie", "a=b; c=d")])), 200)
    named(one.ask(one.request(unsigned=[("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "")])), 200)
    named(one.ask(one.request(unsigned=[("Expect", "100-continue")])), 200)
    pieces = b"1\r\n{\r\n5;name=value\r\n     \r\n1\r\n}\r\n0\r\nX-Trailer: x\r\n\r\n"
    whole = one.request(body=b"{     }", length=False, unsigned=[("Transfer-Encoding", "chunked")]).removesuffix(b"{     }")
    named(one.ask(whole + pieces), 200)
    with one.connect() as connection:
        for byte in one.request():
            connection.send(bytes([byte]))
        named(connection.answer(), 200)
    named(one.ask(one.request(version="HTTP/1.0")), 200)
    arn = "arn%3Aaws%3Aimagebuilder%3Aeu-central-1%3A123456789012%3Acomponent%2Fnone%2F1.0.0%2F1"
    for target in (f"/tags/{arn}", f"/tags/{arn.replace('%2F', '/')}", f"/tags/{arn.lower()}"):
        named(one.ask(one.request("GET", target, b"")), 404, "ResourceNotFoundException")
    for query in ("tagKeys=a&tagKeys=b", "tagKeys=" + "&tagKeys=".join(f"k{number}" for number in range(50)), "tagKeys=a&x="):
        named(one.ask(one.request("DELETE", f"/tags/{arn}?{query}", b"")), 404, "ResourceNotFoundException")


def refused(one):
    """What is wrong before any operation looks at it."""
    for method in ("GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        answer = one.ask(one.request(method, body=b""), isHead=method == "HEAD")
        named(answer, 404, "UnknownOperationException")
    for target in ("/", "//", "/listcomponents", "/ListComponents/", "/ListComponents/../GetImage", "/tags/", "/tags/%ff%fe", "/tags/%zz",
                   "/tags/%", "/" + "a" * 8000, "/%00", "/ListComponents%00", "/🙂"):
        answer = one.ask(one.request(target=target))
        assert answer is not None and answer[0] in (400, 403, 404), (target, answer)
    for query in ("tagKeys=%zz", "tagKeys=%ff", "%", "tagKeys", "tagKeys=" + "x" * 5000, "tagKeys=a&" * 60 + "tagKeys=b"):
        answer = one.ask(one.request("DELETE", f"/tags/arn?{query}", b""))
        assert answer is not None and answer[0] in (400, 403), (query, answer)
    for number in ("0", "26", "-1", "1e3", "99999999999999999999", "+5", "０", ""):
        answer = one.ask(one.request("GET", f"/GetComponent?componentBuildVersionArn={number}&componentBuildVersionArn=x", b""))
        assert answer is not None and answer[0] in (400, 403), (number, answer)
    good = one.request()
    for data in (
            b"\r\n\r\n\r\nGET\r\n\r\n", b"NONSENSE / HTTP/1.1\r\n\r\n", b"GET /health HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /health HTTP/1.1\r\nA B: c\r\n\r\n", b"GET /health HTTP/1.1\r\n: c\r\n\r\n",
            b"GET /health HTTP/1.1\r\nA: b\x00c\r\n\r\n", b"GET /he alth HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            b"GET /health HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", b"GET /" + b"y" * 200_000 + b" HTTP/1.1\r\n\r\n",
            b"GET /health HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % number for number in range(5000)) + b"\r\n",
            good.replace(b"Content-Length: 2", b"Content-Length: two"), good.replace(b"Content-Length: 2", b"Content-Length: -2"),
            good.replace(b"Content-Length: 2", b"Content-Length: 2\r\nContent-Length: 3"),
            good.replace(b"Content-Length: 2", b"Content-Length: 99999999999999999999"),
            good.replace(b"Content-Length: 2", b"Content-Length: 2\r\nTransfer-Encoding: chunked"),
            good.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked").removesuffix(b"{}") + b"zz\r\n{}\r\n0\r\n\r\n",
            good.replace(b"Content-Length: 2", b"Transfer-Encoding: gzip")):
        answer = one.ask(data)
        assert answer is not None and 400 <= answer[0] < 500, (data[:100], answer)
    # Without a length there is no body, and the rest is another request, which is none.
    assert one.ask(one.request(length=False))[0] == 403


def documents(one):
    """Bodies that are no JSON, no object, or more than anybody means."""
    deep = b'{"filters":' * 40
    for body in (
            b"{", b"[]", b"null", b"1", b'"x"', b"{}{}", b"{,}", b"{'a':1}", b'{"a":01}', b'{"a":+1}', b'{"a":.5}', b'{"a":1.}', b'{"a":NaN}',
            b'{"a":1e999}', b'{"a":-1e999}', b'{"a":"\\ud800"}', b'{"a":"\\udc00\\ud800"}', b'{"a":"\\u00g0"}', b'{"a":"\xff"}',
            b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\n"}', b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"a=b&c=d", b"<a/>", b"\x00" * 100,
            b"[" * 5000, b'{"a":' * 5000, b"{" * 100_000, b'{"a":[' + b"[" * 65 + b"]" * 65 + b"]}", b"\x1f\x8b\x08\x00"):
        named(one.ask(one.request(body=body)), 400, "InvalidRequestException")
    for body in (
            b'{"maxResults":1e2}', b'{"maxResults":9007199254740993}', b'{"maxResults":99999999999999999999999999}', b'{"maxResults":-0}',
            b'{"maxResults":1.5}', b'{"maxResults":0}', b'{"maxResults":"5"}', b'{"maxResults":true}', b'{"maxResults":[5]}', b'{"owner":"self"}',
            b'{"owner":7}', b'{"byName":"true"}', b'{"byName":0}', b'{"filters":{}}', b'{"filters":[null]}', b'{"filters":[{}]}',
            b'{"filters":[{"name":"name","values":[]}]}', b'{"filters":[{"name":"name","values":["' + b"x" * 2000 + b'"]}]}',
            b'{"filters":[' + b",".join([b'{"name":"name","values":["a"]}'] * 50) + b"]}", b'{"nextToken":"\\u0000"}',
            b'{"nextToken":"' + b"A" * 65536 + b'"}', deep + b"{}" + b"}" * 40):
        answer = one.ask(one.request(body=body))
        assert answer is not None and answer[0] in (200, 400), (body[:100], answer)
        if answer[0] == 400:
            named(answer, 400)
    for body, count in ((b'{"maxResults":25,"maxResults":5.0,"unknown":{"deep":[[[[[1]]]]]}}', 200), (b'{"nextToken":null,"filters":null}', 200)):
        named(one.ask(one.request(body=body)), count)
    named(one.ask(one.request(body=b"x" * (600 << 10))), 413)


def kept(one):
    """More than one request on a connection, each with an answer that ends where it says."""
    health = f"GET /health HTTP/1.1\r\nHost: {one.host}\r\n\r\n".encode()
    head = health.replace(b"GET", b"HEAD")
    with one.connect() as connection:
        connection.send(head)
        answer = connection.answer(isHead=True)
        assert answer[0] == 200, answer
        for data, isHead in ((health, False), (one.request("HEAD", body=b""), True), (one.request(), False), (head, True), (health, False)):
            connection.send(data)
            answer = connection.answer(isHead)
            assert answer is not None and answer[0] == (404 if data.startswith(b"HEAD /List") else 200), (data[:40], answer)
    with one.connect() as connection:
        connection.send((one.request() + health) * 10)
        for _ in range(20):
            named(connection.answer(), 200)
        connection.send(one.request(body=b"{"))
        named(connection.answer(), 400, "InvalidRequestException")
        connection.send(one.request(unsigned=[("Connection", "close")]))
        named(connection.answer(), 200)
        assert connection.ends(), "it was asked to close"
    # An offer to change the protocol is passed over, and the client hears that it has to begin anew.
    with one.connect() as connection:
        connection.send(one.request(unsigned=[("Upgrade", "h2c"), ("Connection", "Upgrade")]))
        answer = connection.answer()
        named(answer, 200)
        assert answer[1]["connection"] == "close", answer
        assert connection.ends(), "nothing behind the offer is read"
    # A client that ends its side still gets its answer.
    with one.connect() as connection:
        connection.send(one.request())
        connection.socket.shutdown(socket.SHUT_WR)
        named(connection.answer(), 200)
    with one.connect() as connection:
        connection.send(one.request()[:-1])
        connection.socket.shutdown(socket.SHUT_WR)
        answer = connection.answer()
        assert answer is None or 400 <= answer[0] < 500, answer


def chance(one, count=400):
    """A good request with some of its bytes changed, doubled, left out. The server goes on."""
    choice = random.Random(5)
    good = [one.request(), one.request("GET", "/GetComponent?componentBuildVersionArn=arn%3Aaws", b""),
            one.request("DELETE", "/tags/arn%3Aaws?tagKeys=a&tagKeys=b", b"")]
    answered = 0
    for _ in range(count):
        data = bytearray(choice.choice(good))
        for _ in range(choice.randint(1, 4)):
            place = choice.randrange(len(data))
            kind = choice.randrange(4)
            if kind == 0:
                data[place] = choice.randrange(256)
            elif kind == 1:
                data[place:place] = bytes([choice.randrange(256)]) * choice.choice((1, 1, 3, 300))
            elif kind == 2:
                del data[place:place + choice.randint(1, 5)]
            else:
                data[place:place] = data[choice.randrange(len(data)):][:20]
        with one.connect() as connection:
            connection.send(bytes(data))
            # Then a request that was made incomplete is known to be so.
            connection.socket.shutdown(socket.SHUT_WR)
            answered += connection.answer(isHead=data.startswith(b"HEAD ")) is not None
    assert answered > count // 2, answered
    named(one.ask(one.request()), 200)
