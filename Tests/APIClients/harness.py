"""What the parts have in common: the server, a client of it, and a check of what it answers."""
import json
import os
import re
import signal
import subprocess
import sys

import boto3
import botocore.config
import botocore.exceptions

KILN, FOLDER = sys.argv[1:3]
REGION, ACCOUNT = "eu-central-1", "123456789012"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    "KILN_HOME": FOLDER + "/home", "HOME": FOLDER, "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(ENVIRONMENT)
COMPONENT = """name: hello
schemaVersion: 1.0
parameters:
  - who: {type: string, default: world, description: whom to greet}
phases:
  - name: build
    steps:
      - name: greet
        action: ExecuteBash
        inputs: {commands: ['echo hello {{ who }}']}
"""
WORKFLOW = """name: build
schemaVersion: 1.0
parameters:
  - {name: wait, type: boolean, default: false}
steps:
  - {name: Launch, action: LaunchInstance, onFailure: Abort}
  - {name: Approve, action: WaitForAction}
"""


def variables(home):
    return ENVIRONMENT if home is None else {**ENVIRONMENT, "KILN_HOME": home}


def kiln(*arguments, home=None):
    done = subprocess.run([KILN, *arguments], env=variables(home), cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr)
    return done.stdout


def new_key(*arguments, home=None):
    key = json.loads(kiln("key", "api", "new", *arguments, "--account", ACCOUNT, "--region", REGION, "--json", home=home))
    return key["accessKeyId"], key["secretAccessKey"]


class Server:
    def __init__(self, *options, home=None):
        self.options, self.home = options, home

    def __enter__(self):
        self.log = open(FOLDER + "/serve.log", "a")
        self.process = subprocess.Popen(
            [KILN, "serve", "--port", "0", "--builds", "0", "--json", "--verbose", "--account", ACCOUNT, "--region", REGION,
             *self.options],
            env=variables(self.home), cwd=FOLDER, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert line, open(FOLDER + "/serve.log").read()
        self.endpoint = json.loads(line)["endpoint"]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = "killed"
        self.log.close()


class Model:
    """Checks what came over the wire: types, words, patterns and limits of the model, and no member that it does not know."""

    def __init__(self, client):
        self.client, self.done, self.refused = client, set(), {}
        self.model = client.meta.service_model
        client.meta.events.register("response-received.imagebuilder", self.see)

    def see(self, response_dict, event_name, **_):
        name = event_name.rsplit(".", 1)[-1]
        operation = self.model.operation_model(name)
        if response_dict is None:
            return
        status, body = response_dict["status_code"], response_dict["body"]
        value = json.loads(body)
        assert status != 500, value
        if status < 300:
            self.done.add(name)
            self.check(operation.output_shape, value, name)
            return
        error = response_dict["headers"]["x-amzn-errortype"]
        self.refused.setdefault(name, set()).add(error)
        known = {shape.name for shape in operation.error_shapes}
        common = {"ResourceNotFoundException", "InvalidParameterValueException", "AccessDeniedException",
                  "CallRateLimitExceededException"}
        assert error in known | common, (name, error, value)
        assert value["message"], (name, error)

    def check(self, shape, value, path):
        kind = shape.type_name
        if kind == "structure":
            assert isinstance(value, dict), (path, value)
            unknown = set(value) - set(shape.members)
            assert not unknown, (path, unknown)
            missing = set(shape.required_members) - set(value)
            assert not missing, (path, missing)
            for name, content in value.items():
                self.check(shape.members[name], content, f"{path}.{name}")
        elif kind == "list":
            assert isinstance(value, list), (path, value)
            for content in value:
                self.check(shape.member, content, path + "[]")
        elif kind == "map":
            assert isinstance(value, dict), (path, value)
        elif kind == "string":
            assert isinstance(value, str), (path, value)
            assert not shape.enum or value in shape.enum, (path, value)
            limits = shape.metadata
            assert limits.get("min", 0) <= len(value) <= limits.get("max", 1 << 30), (path, value)
            pattern = shape._shape_model.get("pattern")
            assert not pattern or re.search(pattern, value), (path, value, pattern)
        elif kind == "boolean":
            assert isinstance(value, bool), (path, value)
        elif kind in ("integer", "long"):
            assert isinstance(value, int) and not isinstance(value, bool), (path, value)
        else:
            assert isinstance(value, (int, float)), (path, value)


def client(endpoint, key, region=REGION, certificate=None):
    return boto3.client(
        "imagebuilder", endpoint_url=endpoint, region_name=region, aws_access_key_id=key[0],
        aws_secret_access_key=key[1], verify=certificate,
        config=botocore.config.Config(retries={"total_max_attempts": 1}, max_pool_connections=4))


def code(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError((call, "was not refused"))
