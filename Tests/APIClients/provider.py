"""How Terraform's AWS provider speaks of each of its types, and what an empty plan is.

What it takes from the service's answers, and what its schema has for what a configuration leaves off, is that of
terraform-provider-aws's internal/service/imagebuilder.
"""
import itertools
import json

from harness import ACCOUNT, code

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
