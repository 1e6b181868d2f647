"""What the parts of executions.py share: a server that builds in guests, what takes the place of AWS, and looks at both."""
import json
import os
import subprocess
import sys
import time
import uuid

import boto3
import botocore.config

KILN = sys.argv[1]
REGION = "eu-central-1"
HOME = os.environ["KILN_HOME"]
AWS = json.loads(os.environ["KILN_TEST_AWS"])
BUCKET = "kiln-tests"
STEP = """name: step
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - {name: Do, action: ExecuteBash, inputs: {commands: ['%s']}}
  - name: test
    steps:
      - {name: Look, action: ExecuteBash, inputs: {commands: ['test -e /root/made']}}
"""
STATES = ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE"]


def kiln(*arguments):
    done = subprocess.run([KILN, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr)
    return done.stdout


class Server:
    def start(self, *options):
        self.process = subprocess.Popen(
            [KILN, "serve", "--port", "0", "--json", "--region", REGION, "--deliver", *options],
            env={**os.environ, **AWS}, stdout=subprocess.PIPE, stderr=open(HOME + "/serve.txt", "a"), text=True)
        line = self.process.stdout.readline()
        assert line, open(HOME + "/serve.txt").read()
        self.ib = boto3.client(
            "imagebuilder", region_name=REGION, endpoint_url=json.loads(line)["endpoint"], aws_access_key_id=self.key[0],
            aws_secret_access_key=self.key[1], config=botocore.config.Config(retries={"total_max_attempts": 1}))

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(30)


class Cloud:
    """What kiln reaches as AWS, by clients of its own."""

    def __init__(self):
        self.name = f"kiln-{uuid.uuid4()}"
        queue = self.client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        self.queue = f"{AWS['AWS_ENDPOINT_URL']}/{queue.split('/', 3)[3]}"
        arn = self.client("sqs").get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.topic = self.client("sns").create_topic(Name=self.name)["TopicArn"]
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def client(self, service):
        return boto3.client(
            service, region_name=REGION, endpoint_url=AWS.get(f"AWS_ENDPOINT_URL_{service.upper()}", AWS["AWS_ENDPOINT_URL"]),
            aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"], aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(s3={"addressing_style": "path"}))

    def infrastructure(self, ib, name):
        return ib.create_infrastructure_configuration(
            name=name, instanceProfileName="p", snsTopicArn=self.topic,
            logging={"s3Logs": {"s3BucketName": BUCKET, "s3KeyPrefix": f"/{self.name}/"}})["infrastructureConfigurationArn"]

    def told(self, image):
        """The message of that image; those of others before it are passed over."""
        def look():
            found = self.client("sqs").receive_message(QueueUrl=self.queue, WaitTimeSeconds=1, MaxNumberOfMessages=1)
            for one in found.get("Messages", []):
                self.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
                message = json.loads(one["Body"])
                return message if message["arn"] == image else None
        return until("message", 60, look)

    def logs(self, image):
        """Of the build, by their names: texts."""
        prefix = f"{self.name}/{image.split(':image/')[1]}/"
        found = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {one["Key"].removeprefix(prefix): self.client("s3").get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode()
                for one in found}


def state(ib, image):
    found = ib.get_image(imageBuildVersionArn=image)["image"]["state"]
    return found["status"], found.get("reason", "")


def until(what, limit, look):
    """What look answers, once that is something."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"no {what} within {limit} s")


def reaches(ib, image, wanted, limit=400):
    def look():
        found, reason = state(ib, image)
        assert found == wanted or found in STATES[:-1], (found, reason)
        return found == wanted
    until(f"{wanted} of {image}", limit, look)
    return state(ib, image)[1]


def commands():
    """The numbers and command lines of all that runs."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            yield int(name), open(f"/proc/{name}/cmdline").read()
        except OSError:
            pass


def processes(*words):
    """Kilns of this home: another test's have the same names."""
    found = []
    for number, line in commands():
        try:
            home = f"KILN_HOME={HOME}" in open(f"/proc/{number}/environ").read().split("\0")
        except OSError:
            continue
        if home and all(word in line for word in words):
            found.append(number)
    return found


def guests():
    """Guests of this home, by their disks: libvirt gives QEMU an environment of its own."""
    return [number for number, line in commands() if "guest=kiln-" in line and HOME + "/" in line]


def runs(guest):
    return any(f"guest={guest}," in line for _, line in commands())


def steps(ib, image, kind):
    """Of the workflow of that type that no retry has taken the place of: names and statuses."""
    for execution in ib.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]:
        if execution["type"] == kind and not execution["retried"]:
            found = ib.list_workflow_step_executions(workflowExecutionId=execution["workflowExecutionId"])["steps"]
            return execution, {step["name"]: step for step in found}
    return None, {}


def applies(ib, image):
    until("running component", 300, lambda: steps(ib, image, "BUILD")[1].get("ApplyBuildComponents", {}).get("status") == "RUNNING")


def recipe(ib, name, command, parent="debian-12"):
    component = ib.create_component(name=name, semanticVersion="1.0.0", platform="Linux", data=STEP % command)[
        "componentBuildVersionArn"]
    return component, ib.create_image_recipe(name=name, semanticVersion="1.0.0", parentImage=parent,
                                             components=[{"componentArn": component}])["imageRecipeArn"]
