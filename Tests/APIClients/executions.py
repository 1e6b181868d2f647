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
import sys
import traceback

sys.dont_write_bytecode = True

from asked import workflows
from building import HOME, REGION, STEP, Cloud, Server, kiln, processes, reaches, recipe, steps
from ended import by_hand, ends
from typed import typed

MADE = "echo made > /root/made"


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
