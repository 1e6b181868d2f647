"""What Terraform's AWS provider asks for each of its resources, in its order, and what it has to read so that its next plan is empty.

For each type: made from a configuration with everything and from one with only what it needs, read, its tags changed as the
provider changes them, updated, taken away behind its back, deleted twice.
"""
import itertools
import json

from harness import ACCOUNT, COMPONENT, REGION, WORKFLOW, code

counter = itertools.count(1)


def token():
    """As the provider makes them: 36 characters."""
    return f"terraform-{20261127000000000000000000 + next(counter)}"


class Kind:
    """How the provider speaks of one type.

    - attributes: members that it compares with the configuration; those with a value here are the service's (or the schema's)
      where the configuration has none, and None stands for whatever the service says.
    - update: the operation, and whether the provider gives it a token of its own.
    """

    def __init__(self, word, argument, attributes, update=False, sets=()):
        self.word, self.argument, self.attributes, self.update, self.sets = word, argument, attributes, update, sets
        parts = word.split("_")
        self.wrapper = parts[0] + "".join(part.title() for part in parts[1:])

    def read(self, ib, arn):
        return getattr(ib, f"get_{self.word}")(**{self.argument: arn})[self.wrapper]

    def delete(self, ib, arn):
        getattr(ib, f"delete_{self.word}")(**{self.argument: arn})

    def gone(self, ib, arn):
        """The one code that the provider takes for gone, from reading and from deleting."""
        for operation in ("get", "delete"):
            found = code(getattr(ib, f"{operation}_{self.word}"), **{self.argument: arn})
            assert found == "ResourceNotFoundException", (self.word, operation, found)

    def make(self, ib, configuration, tags):
        request = dict(configuration, clientToken=token())
        if tags:
            request["tags"] = tags
        arn = getattr(ib, f"create_{self.word}")(**request)[self.argument]
        self.expect(ib, arn, configuration, tags)
        return arn

    def expect(self, ib, arn, configuration, tags):
        """An empty plan: no attribute that it reads differs from what was written."""
        read = self.read(ib, arn)
        assert read["arn"] == arn, read
        for name, default in self.attributes.items():
            written = configuration.get("semanticVersion" if name == "version" else name, default)
            if written is None and default is None:
                continue
            found = read.get(name)
            # The schema's language has no difference between an empty block or text and none.
            same = self.ordered(name, found or None) == self.ordered(name, written or None)
            assert same or isinstance(written, bool) and found is written, (self.word, name, written, found)
        unknown = set(configuration) - set(self.attributes) - {"name", "semanticVersion", "uri", "platformOverride"}
        assert not unknown, unknown
        assert read["name"] == configuration.get("name", read["name"])
        assert read.get("tags", {}) == tags, read
        assert ib.list_tags_for_resource(resourceArn=arn)["tags"] == tags

    def ordered(self, name, value):
        if name in self.sets and value:
            return sorted(value, key=lambda one: json.dumps(one, sort_keys=True))
        return value


NOTHING = ""
NAMED = {"description": NOTHING}
BUILT = {**NAMED, "changeDescription": NOTHING, "data": None, "kmsKeyId": NOTHING, "owner": ACCOUNT}
COMPONENTS = Kind("component", "componentBuildVersionArn", {
    **BUILT, "encrypted": True, "platform": None, "supportedOsVersions": NOTHING, "type": "BUILD", "version": None},
    sets=["supportedOsVersions"])
WORKFLOWS = Kind("workflow", "workflowBuildVersionArn", {**BUILT, "type": None, "version": None})
RECIPES = Kind("image_recipe", "imageRecipeArn", {
    **NAMED, "amiTags": NOTHING, "blockDeviceMappings": NOTHING, "components": None, "owner": ACCOUNT, "parentImage": None,
    "platform": "Linux", "additionalInstanceConfiguration": None, "version": None, "workingDirectory": NOTHING},
    sets=["blockDeviceMappings"])
CONTAINERS = Kind("container_recipe", "containerRecipeArn", {
    **NAMED, "components": None, "containerType": None, "dockerfileTemplateData": None, "encrypted": True,
    "instanceConfiguration": NOTHING, "kmsKeyId": NOTHING, "owner": ACCOUNT, "parentImage": None, "platform": "Linux",
    "targetRepository": None, "version": None, "workingDirectory": NOTHING})
INFRASTRUCTURES = Kind("infrastructure_configuration", "infrastructureConfigurationArn", {
    **NAMED, "instanceMetadataOptions": NOTHING, "instanceProfileName": None, "instanceTypes": NOTHING, "keyPair": NOTHING,
    "logging": NOTHING, "placement": NOTHING, "resourceTags": NOTHING, "securityGroupIds": NOTHING, "snsTopicArn": NOTHING,
    "subnetId": NOTHING, "terminateInstanceOnFailure": None}, update=True, sets=["instanceTypes", "securityGroupIds"])
DISTRIBUTIONS = Kind("distribution_configuration", "distributionConfigurationArn", {**NAMED, "distributions": None},
                     update=True, sets=["distributions"])
PIPELINES = Kind("image_pipeline", "imagePipelineArn", {
    **NAMED, "containerRecipeArn": NOTHING, "distributionConfigurationArn": NOTHING, "enhancedImageMetadataEnabled": True,
    "executionRole": NOTHING, "imageRecipeArn": NOTHING, "imageScanningConfiguration": NOTHING,
    "imageTestsConfiguration": {"imageTestsEnabled": True, "timeoutMinutes": 720}, "infrastructureConfigurationArn": None,
    "platform": "Linux", "schedule": NOTHING, "status": "ENABLED", "workflows": NOTHING, "dateLastRun": NOTHING}, update=True)
LIFECYCLES = Kind("lifecycle_policy", "lifecyclePolicyArn", {
    **NAMED, "executionRole": None, "policyDetails": None, "resourceSelection": None, "resourceType": None, "status": "ENABLED"},
    update=True, sets=["policyDetails"])


def life(ib, kind, full, bare, updated=None):
    """One resource of each configuration through its life.

    - Returns: the first's ARN, which stays for others to use.
    """
    arn = kind.make(ib, full, {"key1": "value1", "Name": "a b"})
    made = kind.read(ib, arn)["dateCreated"]
    # What goes first, then what is new or has changed.
    ib.untag_resource(resourceArn=arn, tagKeys=["Name"])
    ib.tag_resource(resourceArn=arn, tags={"key1": "value1updated", "key2": ""})
    kind.expect(ib, arn, full, {"key1": "value1updated", "key2": ""})
    if kind.update:
        for next_one in (updated or bare, full):
            given = {name: value for name, value in next_one.items() if name != "name"}
            getattr(ib, f"update_{kind.word}")(**{kind.argument: arn}, clientToken=token(), **given)
            kind.expect(ib, arn, given, {"key1": "value1updated", "key2": ""})
            assert kind.read(ib, arn)["dateCreated"] == made
    small = kind.make(ib, bare, {})
    # Taken away by somebody else, then by it.
    kind.delete(ib, small)
    kind.gone(ib, small)
    again = kind.make(ib, bare, {})
    kind.delete(ib, again)
    kind.gone(ib, again)
    return arn


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
