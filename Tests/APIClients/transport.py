"""The AWS CLI, fifty clients at once, TLS."""
import concurrent.futures as futures
import json
import os
import subprocess
import sys

import botocore.exceptions

from harness import COMPONENT, ENVIRONMENT, FOLDER, KILN, REGION, Server, client


def command_line(endpoint, key):
    variables = {**ENVIRONMENT, "AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1], "AWS_REGION": REGION,
                 "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_IMAGEBUILDER": endpoint}

    def aws(*arguments, status=0):
        done = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable), "aws"), "imagebuilder", *arguments, "--output", "json"],
            env=variables, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) == (status == 0), (arguments, done.returncode, done.stderr)
        return done.stderr if status else json.loads(done.stdout)
    arn = aws("create-component", "--name", "by cli", "--semantic-version", "1.0.0", "--platform", "Linux", "--data",
              COMPONENT)["componentBuildVersionArn"]
    assert aws("list-components", "--page-size", "3", "--filters", "name=name,values=by cli")["componentVersionList"][0]["name"] == "by cli"
    assert "ResourceNotFoundException" in aws("get-image", "--image-build-version-arn", arn.replace("component", "image"), status=1)
    aws("delete-component", "--component-build-version-arn", arn)


def concurrent(endpoint, key):
    def one(number):
        ib = client(endpoint, key)
        name = f"many-{number}"
        arn = ib.create_component(
            name=name, semanticVersion="1.0.0", platform="Linux", data=COMPONENT)["componentBuildVersionArn"]
        same = ib.create_component(
            name="shared", semanticVersion="1.0.0", platform="Linux", data=COMPONENT + f"# {number}\n")["componentBuildVersionArn"]
        for _ in range(4):
            assert ib.get_component(componentBuildVersionArn=arn)["component"]["name"] == name
            ib.list_components(filters=[{"name": "name", "values": [name]}])
        ib.delete_component(componentBuildVersionArn=arn)
        return same
    with futures.ThreadPoolExecutor(50) as pool:
        builds = list(pool.map(one, range(50)))
    # Everybody got a build of the shared version of their own.
    assert sorted(int(arn.rsplit("/", 1)[1]) for arn in builds) == list(range(1, 51)), builds


def transport(key):
    """TLS, and what is refused without; the store outlives its server."""
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=kiln", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", FOLDER + "/key.pem", "-out",
         FOLDER + "/certificate.pem"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    files = ["--tls-cert", FOLDER + "/certificate.pem", "--tls-key", FOLDER + "/key.pem"]
    with Server(*files) as server:
        assert server.endpoint.startswith("https://"), server.endpoint
        ib = client(server.endpoint, key, certificate=FOLDER + "/certificate.pem")
        assert ib.list_image_recipes()["imageRecipeSummaryList"], "the other server's recipes"
        try:
            client(server.endpoint.replace("https", "http"), key).list_components()
            raise AssertionError("answered without TLS")
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            pass
    assert server.status == 0, server.status
    for options, word in ((["--host", "0.0.0.0"], "TLS"), (files[:2], "--tls-key"), (files[:3] + ["/dev/null"], "PEM")):
        done = subprocess.run([KILN, "serve", "--port", "0", *options], env=ENVIRONMENT, cwd=FOLDER, capture_output=True,
                              text=True, timeout=30)
        assert done.returncode == 2 and word in done.stderr, (options, done.returncode, done.stderr)
    with Server() as server:
        port = server.endpoint.rsplit(":", 1)[1]
        done = subprocess.run([KILN, "serve", "--port", port], env=ENVIRONMENT, cwd=FOLDER, capture_output=True, text=True, timeout=30)
        assert done.returncode == 69 and "cannot listen" in done.stderr, (done.returncode, done.stderr)
