"""What Terraform's AWS provider asks for each of its resources, in its order, and what it has to read so that its next plan is empty.

For each type: made from a configuration with everything and from one with only what it needs, read, its tags changed as the
provider changes them, updated, taken away behind its back, deleted twice.
"""
from harness import ACCOUNT, COMPONENT, REGION, WORKFLOW, code
from provider import (
    COMPONENTS, CONTAINERS, DISTRIBUTIONS, INFRASTRUCTURES, LIFECYCLES, PIPELINES, RECIPES, WORKFLOWS, life, token)


def mapping(name, **more):
    return {"deviceName": name, **more}


def terraform(ib, model):
    """Every resource of Terraform's provider, in the order of its graph, and destroyed in reverse."""
    def needs(name, **more):
        return dict({"name": name, "semanticVersion": "1.0.0"}, **more)
    component = life(
        ib, COMPONENTS,
        needs("tf-acc-test-1", platform="Linux", data=COMPONENT, description="d", changeDescription="c", kmsKeyId="alias/k",
              supportedOsVersions=["Amazon Linux 2", "Debian 12"]),
        needs("tf-acc-test-2", platform="Linux", data=COMPONENT))
    found = ib.get_component(componentBuildVersionArn=component)["latestVersionReferences"]
    assert set(found) == {"latestVersionArn", "latestMajorVersionArn", "latestMinorVersionArn", "latestPatchVersionArn"}, found
    flow = life(
        ib, WORKFLOWS,
        needs("tf-acc-test-1", type="BUILD", data=WORKFLOW, description="d", changeDescription="c", kmsKeyId="alias/k"),
        needs("tf-acc-test-2", type="TEST", data=WORKFLOW))
    amazon = f"arn:aws:imagebuilder:{REGION}:aws:image/amazon-linux-2-x86/x.x.x"
    uses = [{"componentArn": component, "parameters": [{"name": "who", "value": ["you"]}]}, {"componentArn": component}]
    disks = [
        mapping("/dev/xvda", ebs={
            "deleteOnTermination": False, "encrypted": True, "iops": 100, "kmsKeyId": "alias/k", "throughput": 200,
            "snapshotId": "snap-0123456789abcdef0", "volumeSize": 20, "volumeType": "gp3"}),
        mapping("/dev/xvdb", ebs={"encrypted": False}), mapping("/dev/xvdc", noDevice=""), mapping("/dev/xvdd", virtualName="ephemeral0"),
        {"ebs": {"volumeType": "gp2"}}]
    recipe = life(
        ib, RECIPES,
        needs("tf-acc-test-1", components=uses, parentImage=amazon, description="d", workingDirectory="/tmp", amiTags={"k": "v"},
              blockDeviceMappings=disks, additionalInstanceConfiguration={
                  "systemsManagerAgent": {"uninstallAfterBuild": True}, "userDataOverride": "aGVsbG8gd29ybGQ="}),
        needs("tf-acc-test-2", components=[{"componentArn": component}], parentImage="ami-0123456789abcdef0"))
    # A version with x is compared but for those numbers.
    counted = [ib.create_image_recipe(**needs("tf-acc-test-3", semanticVersion="1.0.x", clientToken=token(), parentImage=amazon,
                                              components=[{"componentArn": component}]))["imageRecipeArn"] for _ in range(2)]
    assert [RECIPES.read(ib, arn)["version"] for arn in counted] == ["1.0.0", "1.0.1"], counted
    container = life(
        ib, CONTAINERS,
        needs("tf-acc-test-1", components=uses, parentImage=amazon, containerType="DOCKER", dockerfileTemplateData="FROM {{{ x }}}\n",
              targetRepository={"service": "ECR", "repositoryName": "r"}, description="d", workingDirectory="/tmp", kmsKeyId="k",
              instanceConfiguration={"image": "ami-0123456789abcdef0", "blockDeviceMappings": disks}),
        needs("tf-acc-test-2", components=[{"componentArn": component}], parentImage=amazon, containerType="DOCKER",
              dockerfileTemplateData="FROM x", targetRepository={"service": "ECR", "repositoryName": "r"}))
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"
    infrastructure = life(
        ib, INFRASTRUCTURES,
        dict(name="tf-acc-test-1", description="d", instanceMetadataOptions={"httpPutResponseHopLimit": 2, "httpTokens": "required"},
             instanceProfileName="p", instanceTypes=["t3.micro", "m5.large"], keyPair="k", subnetId="subnet-0123456789abcdef0",
             logging={"s3Logs": {"s3BucketName": "bucket", "s3KeyPrefix": "/"}}, resourceTags={"k": "v"}, snsTopicArn=topic,
             placement={"availabilityZone": "eu-central-1a", "hostId": "h-0123456789abcdef0", "tenancy": "host"},
             securityGroupIds=["sg-0123456789abcdef0"], terminateInstanceOnFailure=False),
        # The schema's default is sent.
        dict(name="tf-acc-test-2", instanceProfileName="p", terminateInstanceOnFailure=False))
    template = {"launchTemplateId": "lt-0123456789abcdef0", "setDefaultVersion": True}
    ami = {"amiTags": {"k": "v"}, "description": "d", "kmsKeyId": "alias/k", "name": "web-{{ imagebuilder:buildDate }}",
           "targetAccountIds": ["111111111111"], "launchPermission": {
               "organizationArns": ["arn:aws:organizations::123456789012:organization/o-abcdefghij"],
               "organizationalUnitArns": ["arn:aws:organizations::123456789012:ou/o-abcdefghij/ou-ab12-abcdefgh"],
               "userGroups": ["all"], "userIds": ["111111111111"]}}
    distribution = life(
        ib, DISTRIBUTIONS,
        dict(name="tf-acc-test-1", description="d", distributions=[
            {"region": REGION, "amiDistributionConfiguration": ami, "launchTemplateConfigurations": [template],
             "licenseConfigurationArns": [f"arn:aws:license-manager:{REGION}:123456789012:license-configuration:lic-{'0' * 32}"],
             "fastLaunchConfigurations": [{
                 "accountId": ACCOUNT, "enabled": True, "maxParallelLaunches": 6, "snapshotConfiguration": {"targetResourceCount": 1},
                 "launchTemplate": {"launchTemplateId": "lt-0123456789abcdef0", "launchTemplateVersion": "1"}}],
             "s3ExportConfiguration": {"diskImageFormat": "RAW", "roleName": "r", "s3Bucket": "b", "s3Prefix": "p"},
             "ssmParameterConfigurations": [{"amiAccountId": ACCOUNT, "parameterName": "/a/b", "dataType": "text"}]},
            {"region": "us-east-1", "containerDistributionConfiguration": {
                "containerTags": ["a"], "description": "d", "targetRepository": {"service": "ECR", "repositoryName": "r"}}}]),
        dict(name="tf-acc-test-2", distributions=[{"region": REGION, "amiDistributionConfiguration": {}}]))
    parts = dict(imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)
    tests = {"imageTestsEnabled": False, "timeoutMinutes": 60}
    scanning = {"imageScanningEnabled": True, "ecrConfiguration": {"repositoryName": "r", "containerTags": ["a", "b"]}}
    role = "arn:aws:iam::123456789012:role/r"
    runs = [{"workflowArn": flow, "onFailure": "ABORT", "parallelGroup": "g", "parameters": [{"name": "wait", "value": ["true"]}]}]
    pipeline = life(
        ib, PIPELINES,
        dict(name="tf-acc-test-1", description="d", distributionConfigurationArn=distribution, enhancedImageMetadataEnabled=False,
             executionRole=role, imageScanningConfiguration=scanning, imageTestsConfiguration=tests, status="DISABLED", workflows=runs,
             schedule={"pipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY", "scheduleExpression": "cron(0 0 * * ? *)",
                       "timezone": "Etc/UTC"}, **parts),
        dict(name="tf-acc-test-2", enhancedImageMetadataEnabled=True, status="ENABLED", **parts))
    assert "dateNextRun" not in PIPELINES.read(ib, pipeline), "a pipeline that is disabled has no next run"
    old = dict(executionRole=role, resourceType="AMI_IMAGE", status="ENABLED")
    age = {"type": "AGE", "value": 6, "unit": "YEARS", "retainAtLeast": 10}
    rules = {"amis": {"isPublic": False, "lastLaunched": {"unit": "DAYS", "value": 7}, "regions": [REGION],
                      "sharedAccounts": ["111111111111"], "tagMap": {"k": "v"}}, "tagMap": {"a": "b"}}
    lifecycle = life(
        ib, LIFECYCLES,
        dict(old, name="tf-acc-test-1", description="d", policyDetails=[
            {"action": {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}}, "filter": age, "exclusionRules": rules},
            {"action": {"type": "DEPRECATE"}, "filter": {"type": "AGE", "value": 10, "unit": "DAYS"}}],
             resourceSelection={"recipes": [{"name": "tf-acc-test-1", "semanticVersion": "1.0.0"}]}),
        dict(old, name="tf-acc-test-2", policyDetails=[{"action": {"type": "DELETE"}, "filter": age}],
             resourceSelection={"tagMap": {"key1": "value1"}}),
        dict(old, status="DISABLED", policyDetails=[{"action": {"type": "DISABLE", "includeResources": {"amis": True}}, "filter": age}],
             resourceSelection={"tagMap": {"key1": "value1", "key2": "value2"}}))
    image = an_image(ib, dict(parts, distributionConfigurationArn=distribution, executionRole=role, workflows=runs), tests)

    lists(ib)
    ib.delete_image(imageBuildVersionArn=image)
    assert code(ib.get_image, imageBuildVersionArn=image) == "ResourceNotFoundException"
    assert code(ib.delete_image, imageBuildVersionArn=image) == "ResourceNotFoundException"
    for kind, arns in ((LIFECYCLES, [lifecycle]), (PIPELINES, [pipeline]), (DISTRIBUTIONS, [distribution]),
                       (INFRASTRUCTURES, [infrastructure]), (CONTAINERS, [container]), (RECIPES, [recipe] + counted),
                       (WORKFLOWS, [flow]), (COMPONENTS, [component])):
        for arn in arns:
            kind.delete(ib, arn)
            kind.gone(ib, arn)


def an_image(ib, parts, tests):
    """The provider waits until it is AVAILABLE, which takes a build; this one stays in the queue."""
    request = dict(parts, clientToken=token(), enhancedImageMetadataEnabled=True, imageTestsConfiguration=tests, tags={"a": "b"})
    arn = ib.create_image(**request)["imageBuildVersionArn"]
    read = ib.get_image(imageBuildVersionArn=arn)["image"]
    assert read["arn"] == arn and read["version"] == "1.0.0/1" and read["name"] == "tf-acc-test-1", read
    for name in ("imageRecipe", "infrastructureConfiguration", "distributionConfiguration"):
        assert read[name]["arn"] == parts[name + "Arn"], read
    for name in ("enhancedImageMetadataEnabled", "imageTestsConfiguration", "executionRole", "workflows", "tags"):
        assert read[name] == request[name], (name, read)
    assert read["platform"] == "Linux" and "containerRecipe" not in read and read["outputResources"] == {}, read
    assert read["state"]["status"] == "PENDING", read
    ib.cancel_image_creation(imageBuildVersionArn=arn)
    return arn


def lists(ib):
    """The data sources: all pages, by owner and by name."""
    for name, member, more in (
            ("list_components", "componentVersionList", {"owner": "Self"}), ("list_image_recipes", "imageRecipeSummaryList", {"owner": "Self"}),
            ("list_container_recipes", "containerRecipeSummaryList", {"owner": "Self"}),
            ("list_image_pipelines", "imagePipelineList", {}), ("list_workflows", "workflowVersionList", {"owner": "Self"}),
            ("list_infrastructure_configurations", "infrastructureConfigurationSummaryList", {}),
            ("list_distribution_configurations", "distributionConfigurationSummaryList", {})):
        filters = [{"name": "name", "values": ["tf-acc-test-1"]}]
        pages = ib.get_paginator(name).paginate(filters=filters, **more)
        found = [one for page in pages for one in page[member]]
        assert [one["name"] for one in found] == ["tf-acc-test-1"], (name, found)
