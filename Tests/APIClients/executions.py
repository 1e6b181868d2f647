"""Has `kiln serve` really build, by boto3: the lab to its end over a server that is killed in the middle, a worker that is killed,
a retry, a cancellation; and see and cancel a `kiln build` by hand.

    python executions.py KILN      in a folder with kiln.yaml, and with KILN_HOME set to a home that has a base image

KILN_TEST_AWS is a JSON object of variables: what kiln serve is to know of AWS, whose place moto and an S3 server with the bucket
kiln-tests take.

Prints a line a part; ends with status 1 and the logs where one fails.
"""
import glob
import json
import os
import signal
import subprocess
import sys
import time
import traceback
import uuid

sys.dont_write_bytecode = True

import boto3
import botocore.config

from typed import typed

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
MADE = "echo made > /root/made"
HAND = """Resources:
  Component:
    Type: AWS::ImageBuilder::Component
    Properties:
      Name: hand
      Version: 1.0.0
      Platform: Linux
      Data: |
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - {name: Do, action: ExecuteBash, inputs: {commands: ['sleep 600']}}
  Recipe:
    Type: AWS::ImageBuilder::ImageRecipe
    Properties: {Name: hand, Version: 1.0.0, ParentImage: debian-12, Components: [{ComponentArn: !Ref Component}]}
  Infra:
    Type: AWS::ImageBuilder::InfrastructureConfiguration
    Properties: {Name: hand, InstanceProfileName: p}
  Pipeline:
    Type: AWS::ImageBuilder::ImagePipeline
    Properties: {Name: hand, ImageRecipeArn: !Ref Recipe, InfrastructureConfigurationArn: !Ref Infra}
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


def lab(server, cloud):
    """From a component to an image and back, with the server killed in the middle."""
    ib = server.ib
    component, of = recipe(ib, "web_server", MADE)
    infrastructure = cloud.infrastructure(ib, "lab")
    distribution = ib.create_distribution_configuration(name="lab", distributions=[{"region": REGION}])[
        "distributionConfigurationArn"]
    pipeline = ib.create_image_pipeline(
        name="lab", imageRecipeArn=of, infrastructureConfigurationArn=infrastructure,
        distributionConfigurationArn=distribution)["imagePipelineArn"]
    image = ib.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
    reaches(ib, image, "BUILDING")
    worker = processes("build-image", image)
    assert len(worker) == 1, worker
    assert server.end(signal.SIGKILL) == -9
    server.start()
    ib = server.ib
    assert processes("build-image", image) == worker, "the build has outlived its server"
    reaches(ib, image, "AVAILABLE")
    for kind in ("BUILD", "TEST", "DISTRIBUTION"):
        execution, found = steps(ib, image, kind)
        assert execution["status"] == "COMPLETED", execution
        assert {step["status"] for step in found.values()} <= {"COMPLETED", "SKIPPED"}, found
        one = ib.get_workflow_execution(workflowExecutionId=execution["workflowExecutionId"])
        assert one["totalStepCount"] == len(found) and one["totalStepsFailed"] == 0, one
        if kind != "DISTRIBUTION":
            apply = found[f"Apply{kind.title()}Components"]
            assert apply["status"] == "COMPLETED", apply
            detail = ib.get_workflow_step_execution(stepExecutionId=apply["stepExecutionId"])
            assert os.path.exists(json.loads(detail["outputs"])["log"]), detail
    skipped = [name for name, step in steps(ib, image, "BUILD")[1].items() if step["status"] == "SKIPPED"]
    assert skipped == [], skipped
    packages(ib, image)
    amis = ib.get_image(imageBuildVersionArn=image)["image"]["outputResources"]["amis"]
    built = [one for one in json.loads(kiln("image", "ls", "--json")) if one["name"] == "web_server"]
    assert [ami["image"] for ami in amis] == ["sha256:" + one["digest"] for one in built], (amis, built)
    assert [one["arn"] for one in ib.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]] == [image]
    assert ib.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]["lastRunStatus"] == "AVAILABLE"
    newest = image.rsplit("/", 2)[0] + "/x.x.x"
    assert ib.get_image(imageBuildVersionArn=newest)["image"]["arn"] == image
    # Told of by the server that has followed, with what was built; the logs were there before.
    logs = cloud.logs(image)
    for step in ("Do", "Look"):
        assert any(step in name for name in logs), logs.keys()
    message = cloud.told(image)
    assert message["state"]["status"] == "AVAILABLE" and message["name"] == "web_server", message
    assert message["outputResources"]["amis"] == amis and message["infrastructureConfiguration"]["snsTopicArn"] == cloud.topic, message
    spread(server, cloud, image, distribution, amis)
    ib = server.ib
    ib.delete_image(imageBuildVersionArn=image)
    ib.delete_image_pipeline(imagePipelineArn=pipeline)
    ib.delete_distribution_configuration(distributionConfigurationArn=distribution)
    ib.delete_image_recipe(imageRecipeArn=of)
    ib.delete_component(componentBuildVersionArn=component)
    ib.delete_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)
    assert not glob.glob(HOME + "/executions/*/documents"), "documents are left"


def packages(ib, image):
    """What dpkg knows in the image, whoever is asked for it."""
    pages = ib.get_paginator("list_image_packages").paginate(imageBuildVersionArn=image, PaginationConfig={"PageSize": 50})
    found = [(one["packageName"], one["packageVersion"]) for page in pages for one in page["imagePackageList"]]
    versions = dict(found)
    assert len(found) > 50 and found == sorted(found), found
    assert versions["base-files"].startswith("12") and {"dpkg", "systemd", "qemu-guest-agent"} <= set(versions), versions
    shown = json.loads(kiln("image", "show", "web_server", "--packages", "--json"))
    assert [(one["name"], one["version"]) for one in shown] == found, shown


def spread(server, cloud, image, distribution, amis):
    """The image is distributed by itself: by a server that sends nothing, then by one that does."""
    def distribute(source):
        made = server.ib.distribute_image(sourceImage=source, distributionConfigurationArn=distribution, executionRole="role")
        return made["imageBuildVersionArn"]

    def output(arn):
        return server.ib.get_image(imageBuildVersionArn=arn)["image"]["outputResources"]["amis"]
    here = distribute(image)
    assert here == image[:-1] + "2", here
    assert "without --distribute" in reaches(server.ib, here, "AVAILABLE", 60)
    assert output(here) == amis, output(here)
    execution, found = steps(server.ib, here, "DISTRIBUTION")
    assert execution["status"] == "COMPLETED" and found["DistributeImage"]["status"] == "SKIPPED", found
    packages(server.ib, here)
    made = [here]
    server.end(signal.SIGINT)
    server.start("--distribute")
    sent = distribute(amis[0]["image"])
    made.append(sent)
    reaches(server.ib, sent, "AVAILABLE")
    ami, = output(sent)
    there = cloud.client("ec2").describe_images(ImageIds=[ami["image"]])["Images"]
    assert ami["region"] == REGION and [one["Name"] for one in there] == [ami["name"]], (ami, there)
    assert steps(server.ib, sent, "DISTRIBUTION")[1]["DistributeImage"]["status"] == "COMPLETED"
    # There is nothing left to do, and it says so of the same AMI.
    again = distribute(sent)
    made.append(again)
    reaches(server.ib, again, "AVAILABLE")
    assert output(again) == [ami], (output(again), ami)
    server.end(signal.SIGINT)
    server.start()
    for arn in made:
        server.ib.delete_image(imageBuildVersionArn=arn)
    built = json.loads(kiln("image", "ls", "--json"))
    assert "web_server" in [one["name"] for one in built], "DeleteImage leaves the disk"


def distributes(server, cloud):
    """The lab to the AMI: the image that the build before has made goes where its distribution configuration says."""
    assert server.end(signal.SIGINT) in (0, 130)
    server.start("--distribute")
    ib = server.ib
    component, of = recipe(ib, "web_server", MADE)
    infrastructure = cloud.infrastructure(ib, "distributed")
    distribution = ib.create_distribution_configuration(name="distributed", distributions=[
        {"region": REGION, "ssmParameterConfigurations": [{"parameterName": f"/{cloud.name}", "dataType": "text"}],
         "amiDistributionConfiguration": {
             "name": cloud.name + " {{ imagebuilder:buildDate }}", "description": "from the lab", "amiTags": {"from": "the lab"},
             "launchPermission": {"userIds": ["111122223333"]}}}])["distributionConfigurationArn"]
    pipeline = ib.create_image_pipeline(
        name="distributed", imageRecipeArn=of, infrastructureConfigurationArn=infrastructure,
        distributionConfigurationArn=distribution)["imagePipelineArn"]
    image = ib.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
    ib.get_waiter("image_available").wait(imageBuildVersionArn=image, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    amis = ib.get_image(imageBuildVersionArn=image)["image"]["outputResources"]["amis"]
    assert len(amis) == 1 and amis[0]["region"] == REGION and amis[0]["state"]["status"] == "AVAILABLE", amis
    ec2 = cloud.client("ec2")
    found = ec2.describe_images(ImageIds=[amis[0]["image"]])["Images"]
    assert len(found) == 1 and found[0]["Name"] == amis[0]["name"] and found[0]["State"] == "available", (amis, found)
    assert found[0]["Name"].startswith(cloud.name + " 20") and found[0]["Description"] == "from the lab", found
    assert found[0]["OwnerId"] == amis[0]["accountId"], (amis, found)
    assert {"Key": "from", "Value": "the lab"} in found[0]["Tags"], found
    shared = ec2.describe_image_attribute(ImageId=amis[0]["image"], Attribute="launchPermission")["LaunchPermissions"]
    assert shared == [{"UserId": "111122223333"}], shared
    assert cloud.client("ssm").get_parameter(Name=f"/{cloud.name}")["Parameter"]["Value"] == amis[0]["image"]
    execution, found = steps(ib, image, "DISTRIBUTION")
    assert execution["status"] == "COMPLETED" and found["DistributeImage"]["status"] == "COMPLETED", (execution, found)
    assert steps(ib, image, "TEST") == (None, {}), "nothing has changed since the lab"
    message = cloud.told(image)
    assert message["state"]["status"] == "AVAILABLE" and message["outputResources"]["amis"] == amis, message
    ib.delete_image(imageBuildVersionArn=image)
    ib.delete_image_pipeline(imagePipelineArn=pipeline)
    ib.delete_distribution_configuration(distributionConfigurationArn=distribution)
    ib.delete_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)
    ib.delete_image_recipe(imageRecipeArn=of)
    ib.delete_component(componentBuildVersionArn=component)
    # Without a distribution configuration nothing goes anywhere, whatever the server may do.
    assert len(ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [cloud.name + "*"]}])["Images"]) == 1


def command_line(server, cloud):
    typed(server, cloud, STEP % MADE)


BUILD_FLOW = """name: build-asked
schemaVersion: 1.0
parameters: [{name: word, type: string, default: nothing}]
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
  - {name: Apply, action: ExecuteComponents, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
  - name: Ask
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: [cat /root/made]}
  - name: Broken
    action: RunCommand
    onFailure: Continue
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: [exit 3]}
  - name: Never
    action: WaitForAction
    if: {stringEquals: other, value: '$.stepOutputs.Ask.output[0]'}
  - name: Approve
    action: WaitForAction
    timeoutSeconds: 300
    if: {stringEquals: $.parameters.word, value: '$.stepOutputs.Ask.output[0]'}
  - name: After
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: ['echo "{{ $.stepOutputs.Approve.reason }}" > /root/reason']}
  - {name: Clean, action: SanitizeInstance, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
  - {name: Image, action: CreateImage, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
  - {name: End, action: TerminateInstance, onFailure: Continue, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
"""
TEST_FLOW = """name: test-asked
schemaVersion: 1.0
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
  - name: Look
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: ['grep -x "looks good" /root/reason']}
  - {name: End, action: TerminateInstance, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
"""


def workflows(server, cloud):
    """Workflows of one's own: commands, what they print, a question and its answer, a failure that is passed over."""
    ib = server.ib
    _, of = recipe(ib, "asked", "echo made > /root/made")
    infrastructure = ib.create_infrastructure_configuration(name="asked", instanceProfileName="p")[
        "infrastructureConfigurationArn"]
    build = ib.create_workflow(name="build_asked", semanticVersion="1.0.0", type="BUILD", data=BUILD_FLOW)[
        "workflowBuildVersionArn"]
    test = ib.create_workflow(name="test_asked", semanticVersion="1.0.0", type="TEST", data=TEST_FLOW)[
        "workflowBuildVersionArn"]
    image = ib.create_image(
        imageRecipeArn=of, infrastructureConfigurationArn=infrastructure,
        workflows=[{"workflowArn": build, "parameters": [{"name": "word", "value": ["made"]}]},
                   {"workflowArn": test, "parallelGroup": "all"}])["imageBuildVersionArn"]

    def waiting():
        found, reason = state(ib, image)
        assert found in STATES[:-1], (found, reason)
        return ib.list_waiting_workflow_steps()["steps"]
    step, = until("waiting step", 400, waiting)
    assert step["name"] == "Approve" and step["workflowBuildVersionArn"] == build, step
    launched = ib.get_workflow_step_execution(stepExecutionId=steps(ib, image, "BUILD")[1]["Launch"]["stepExecutionId"])
    guest = json.loads(launched["outputs"])["instanceId"]
    assert runs(guest) and guests(), f"the guest {guest} is there while somebody is asked"
    ib.send_workflow_step_action(
        stepExecutionId=step["stepExecutionId"], imageBuildVersionArn=image, action="RESUME", reason="looks good")
    reaches(ib, image, "AVAILABLE")
    assert not runs(guest), guest
    assert ib.list_waiting_workflow_steps()["steps"] == []
    execution, found = steps(ib, image, "BUILD")
    assert execution["status"] == "COMPLETED" and execution["workflowBuildVersionArn"] == build, execution
    assert {name: step["status"] for name, step in found.items() if step["status"] != "COMPLETED"} == {
        "Broken": "FAILED", "Never": "SKIPPED"}, found
    ask = ib.get_workflow_step_execution(stepExecutionId=found["Ask"]["stepExecutionId"])
    assert json.loads(ask["outputs"])["output"] == ["made"], ask
    assert json.loads(ask["inputs"])["instanceId"].startswith("kiln-b-"), ask
    approve = ib.get_workflow_step_execution(stepExecutionId=found["Approve"]["stepExecutionId"])
    assert json.loads(approve["outputs"]) == {"action": "RESUME", "reason": "looks good"}, approve
    execution, found = steps(ib, image, "TEST")
    assert execution["parallelGroup"] == "all" and execution["workflowBuildVersionArn"] == test, execution
    assert {step["status"] for step in found.values()} == {"COMPLETED"}, found
    ib.delete_image(imageBuildVersionArn=image)


def ends(server, cloud):
    """A worker that is killed, a retry, a cancellation, and what cannot be built."""
    ib = server.ib
    _, of = recipe(ib, "slow", "sleep 600")
    infrastructure = ib.create_infrastructure_configuration(name="slow", instanceProfileName="p")["infrastructureConfigurationArn"]
    create = dict(infrastructureConfigurationArn=infrastructure, imageTestsConfiguration={"imageTestsEnabled": False})
    image = ib.create_image(imageRecipeArn=of, **create)["imageBuildVersionArn"]
    # It waits: one is built at a time.
    waiting = ib.create_image(imageRecipeArn=of, **create)["imageBuildVersionArn"]
    applies(ib, image)
    assert state(ib, waiting)[0] == "PENDING"
    ib.cancel_image_creation(imageBuildVersionArn=waiting)
    assert state(ib, waiting)[0] == "CANCELLED"
    for worker in processes("build-image", image):
        os.kill(worker, signal.SIGKILL)
    reason = reaches(ib, image, "FAILED", 30)
    assert "is gone" in reason and "Workflow Execution ID: 'wf-" in reason, reason
    assert steps(ib, image, "BUILD")[1]["ApplyBuildComponents"]["status"] == "FAILED"
    until("end of kiln build", 120, lambda: not processes("build", "--no-export", HOME + "/executions/"))
    until("end of the guest", 30, lambda: not guests())

    ib.retry_image(imageBuildVersionArn=image)
    applies(ib, image)
    assert len(ib.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]) == 2
    ib.cancel_image_creation(imageBuildVersionArn=image)
    reaches(ib, image, "CANCELLED", 130)
    assert steps(ib, image, "BUILD")[0]["status"] == "CANCELLED"
    assert not guests()
    until("end of the worker", 30, lambda: not processes("build-image", image))

    _, bad = recipe(ib, "bad", "true", parent="no-such-parent")
    lost = ib.create_image(imageRecipeArn=bad, **create)["imageBuildVersionArn"]
    reason = reaches(ib, lost, "FAILED", 60)
    assert "no-such-parent" in reason, reason

    last = ib.create_image(imageRecipeArn=of, **create)["imageBuildVersionArn"]
    reaches(ib, last, "BUILDING")
    assert server.end(signal.SIGINT) in (0, 130)
    assert "a build goes on" in open(HOME + "/serve.txt").read()
    worker = processes("build-image", last)
    assert worker, "a build outlives its server"
    os.kill(worker[0], signal.SIGTERM)
    until("end of the worker", 130, lambda: not processes("build-image", last))
    server.start()
    assert "was ended" in reaches(server.ib, last, "FAILED", 5)


def by_hand(server, cloud):
    """A `kiln build` by hand: a client sees it, and cancels it; the server has no part in it."""
    ib = server.ib
    with open("hand.yaml", "w") as file:
        file.write(HAND)
    image = f"arn:aws:imagebuilder:{REGION}:000000000000:image/hand/1.0.0/1"
    with open(HOME + "/hand.txt", "w") as log:
        build = subprocess.Popen([KILN, "build", "hand.yaml", "--no-export", "--region", REGION], stdout=log, stderr=log)
    try:
        until("image by hand", 60, lambda: image in [
            one["arn"] for one in ib.list_image_build_versions(imageVersionArn=image[:-2])["imageSummaryList"]])
        applies(ib, image)
        got = ib.get_image(imageBuildVersionArn=image)["image"]
        assert got["sourcePipelineName"] == "hand" and got["imageRecipe"]["name"] == "hand", got
        assert not processes("build-image", image), "nobody else builds it"
        ib.cancel_image_creation(imageBuildVersionArn=image)
        assert build.wait(120) == 130, open(HOME + "/hand.txt").read()
    finally:
        build.kill()
    assert state(ib, image) == ("CANCELLED", "Cancelled by a request."), state(ib, image)
    execution, found = steps(ib, image, "BUILD")
    assert execution["status"] == "CANCELLED" and found["ApplyBuildComponents"]["status"] == "CANCELLED", found
    ib.delete_image(imageBuildVersionArn=image)


def main():
    server = Server()
    key = json.loads(kiln("key", "api", "new", "--region", REGION, "--json"))
    server.key = key["accessKeyId"], key["secretAccessKey"]
    server.start()
    try:
        cloud = Cloud()
        for part in (lab, distributes, command_line, by_hand, workflows, ends):
            part(server, cloud)
            print(f"ok: {part.__name__}", flush=True)
    except Exception:
        traceback.print_exc()
        for log in glob.glob(HOME + "/*.txt") + glob.glob(HOME + "/executions/*/log"):
            print(f"--- {log}\n" + "\n".join(open(log).read().splitlines()[-40:]))
        sys.exit(1)
    finally:
        server.process.kill()
        for worker in processes("build-image", "--from"):
            try:
                if f"KILN_HOME={HOME}\0" in open(f"/proc/{worker}/environ").read():
                    os.kill(worker, signal.SIGTERM)
            except OSError:
                pass
    print("ok: end")


main()
