"""Builds that do not end by themselves: a worker that is killed, a retry, cancellations, a `kiln build` by hand."""
import os
import signal
import subprocess

from building import HOME, KILN, REGION, applies, guests, processes, reaches, recipe, state, steps, until

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
