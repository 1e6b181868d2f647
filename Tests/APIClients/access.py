"""Keys and signatures."""
import re
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from harness import ACCOUNT, COMPONENT, REGION, client, code, kiln, new_key


def access(endpoint, admin):
    reader = client(endpoint, new_key("reader", "--read-only"))
    reader.list_components()
    create = dict(name="denied", semanticVersion="1.0.0", platform="Linux", data=COMPONENT)
    assert code(reader.create_component, **create) == "AccessDeniedException"
    assert code(client(endpoint, (admin[0], "wrong")).list_components) == "InvalidSignatureException"
    assert code(client(endpoint, ("AKIAIOSFODNN7EXAMPLE", "wrong")).list_components) == "UnrecognizedClientException"
    assert code(client(endpoint, admin, "us-west-2").list_components) == "InvalidSignatureException"

    def raw(request):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers.get("x-amzn-errortype"), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("x-amzn-errortype"), error.read()
    assert raw(urllib.request.Request(endpoint + "/ListComponents", b"{}"))[:2] == (403, "MissingAuthenticationTokenException")
    assert raw(endpoint + "/health")[0] == 200
    metrics = raw(endpoint + "/metrics")[2].decode()
    assert re.search(r'kiln_api_requests_total\{operation="ListComponents",status="200"\} [1-9]', metrics), metrics

    def signed(method, path, body=b""):
        request = botocore.awsrequest.AWSRequest(method, endpoint + path, data=body, headers={"content-type": "application/json"})
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*admin), "imagebuilder", REGION).add_auth(request)
        return urllib.request.Request(endpoint + path, body or None, dict(request.headers), method=method)
    assert raw(signed("POST", "/Nonsense", b"{}"))[:2] == (404, "UnknownOperationException")
    assert raw(signed("POST", "/ListComponents", b"{"))[:2] == (400, "InvalidRequestException")
    assert raw(signed("POST", "/ListComponents", b"[" * 100000))[:2] == (400, "InvalidRequestException")
    changed = signed("POST", "/ListComponents", b"{}")
    changed.data = b'{"byName":true}'
    assert raw(changed)[:2] == (403, "InvalidSignatureException")
    big = urllib.request.Request(endpoint + "/ListComponents", b"x" * (2 << 20))
    try:
        assert raw(big)[0] == 413
    except (urllib.error.URLError, ConnectionError):
        pass  # It ends the connection, and the client may see that first.

    removed = new_key("removed")
    ib = client(endpoint, removed)
    ib.list_components()
    kiln("key", "api", "rm", removed[0])
    assert code(ib.list_components) == "UnrecognizedClientException"
    assert removed[1] not in kiln("key", "api", "ls")
