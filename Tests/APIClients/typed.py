"""The lab as somebody types it, with the AWS CLI: from a component to the AMI, and back in reverse order."""
import json
import os
import subprocess
import sys
import time

AWS = os.path.join(os.path.dirname(sys.executable), "aws")


def typed(server, cloud, document):
    """The component was built before and is kept, so that this costs no guest; the server distributes."""
    region = server.ib.meta.region_name
    variables = {
        **os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": server.key[0],
        "AWS_SECRET_ACCESS_KEY": server.key[1], "AWS_ENDPOINT_URL_IMAGEBUILDER": server.ib.meta.endpoint_url,
        "AWS_ENDPOINT_URL_EC2": cloud.client("ec2").meta.endpoint_url, "AWS_PAGER": ""}

    def aws(*words, service="imagebuilder"):
        done = subprocess.run(
            [AWS, service, *words, "--output", "json"], env=variables, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (words, done.returncode, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    component = aws("create-component", "--name", "web_server", "--semantic-version", "1.0.0", "--platform", "Linux",
                    "--data", document)["componentBuildVersionArn"]
    recipe = aws("create-image-recipe", "--name", "web_server", "--semantic-version", "1.0.0", "--parent-image", "debian-12",
                 "--components", f"componentArn={component}")["imageRecipeArn"]
    infrastructure = aws("create-infrastructure-configuration", "--name", "typed", "--instance-profile-name", "p")[
        "infrastructureConfigurationArn"]
    distribution = aws(
        "create-distribution-configuration", "--name", "typed", "--distributions",
        f"region={region},amiDistributionConfiguration={{name={cloud.name} typed}}")["distributionConfigurationArn"]
    pipeline = aws(
        "create-image-pipeline", "--name", "typed", "--image-recipe-arn", recipe, "--infrastructure-configuration-arn",
        infrastructure, "--distribution-configuration-arn", distribution)["imagePipelineArn"]
    image = aws("start-image-pipeline-execution", "--image-pipeline-arn", pipeline)["imageBuildVersionArn"]
    end = time.monotonic() + 300
    # The CLI has no waiter for it yet.
    while (got := aws("get-image", "--image-build-version-arn", image)["image"])["state"]["status"] != "AVAILABLE":
        assert got["state"]["status"] not in ("FAILED", "CANCELLED") and time.monotonic() < end, got["state"]
        time.sleep(1)
    ami, = got["outputResources"]["amis"]
    found, = aws("describe-images", "--image-ids", ami["image"], service="ec2")["Images"]
    assert found["Name"] == ami["name"] == f"{cloud.name} typed" and found["State"] == "available", (found, ami)
    aws("deregister-image", "--image-id", ami["image"], service="ec2")
    aws("delete-image", "--image-build-version-arn", image)
    aws("delete-image-pipeline", "--image-pipeline-arn", pipeline)
    aws("delete-distribution-configuration", "--distribution-configuration-arn", distribution)
    aws("delete-infrastructure-configuration", "--infrastructure-configuration-arn", infrastructure)
    aws("delete-image-recipe", "--image-recipe-arn", recipe)
    aws("delete-component", "--component-build-version-arn", component)
    for listed in ("components", "image-recipes", "images", "image-pipelines", "distribution-configurations"):
        rest = aws(f"list-{listed}")
        assert not any("typed" in str(one) or "web" in str(one) for one in next(v for v in rest.values() if isinstance(v, list))), rest
