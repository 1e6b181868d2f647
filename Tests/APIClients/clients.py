"""Asks `kiln serve` by clients that nobody here wrote, boto3 and the AWS CLI, and holds every answer against botocore's model.

    python clients.py KILN FOLDER     starts KILN serve with a home of its own in FOLDER, checks, ends it

Prints a line a part; ends with status 1 where one fails. Parts do not depend on time.
"""
import concurrent.futures as futures
import json
import os
import re
import signal
import subprocess
import sys
import traceback
import urllib.error
import urllib.request
import uuid

import boto3
import botocore
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
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


def kiln(*arguments):
    done = subprocess.run([KILN, *arguments], env=ENVIRONMENT, cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr)
    return done.stdout


def new_key(*arguments):
    key = json.loads(kiln("key", "api", "new", *arguments, "--account", ACCOUNT, "--region", REGION, "--json"))
    return key["accessKeyId"], key["secretAccessKey"]


class Server:
    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.log = open(FOLDER + "/serve.log", "a")
        self.process = subprocess.Popen(
            [KILN, "serve", "--port", "0", "--builds", "0", "--json", "--verbose", "--account", ACCOUNT, "--region", REGION, *self.options],
            env=ENVIRONMENT, cwd=FOLDER, stdout=subprocess.PIPE, stderr=self.log, text=True)
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
    return made


def code(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError((call, "was not refused"))


def lab(ib, model):
    """The whole lab, in the order of a person's work, and cleaned up in reverse."""
    component = ib.create_component(
        name="Hello World", semanticVersion="1.0.0", platform="Linux", data=COMPONENT, tags={"team": "a"},
        description="greets")["componentBuildVersionArn"]
    assert component == f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:component/hello-world/1.0.0/1", component
    got = ib.get_component(componentBuildVersionArn=component)
    assert got["component"]["data"] == COMPONENT and got["component"]["type"] == "BUILD", got
    assert got["component"]["parameters"][0]["defaultValue"] == ["world"], got
    assert got["component"]["tags"] == {"team": "a"} and got["component"]["owner"] == ACCOUNT, got
    assert got["latestVersionReferences"]["latestMajorVersionArn"].endswith("/1.x.x"), got
    for version in ("1.0.1", "1.2.0", "2.0.0"):
        ib.create_component(name="Hello World", semanticVersion=version, platform="Linux", data=COMPONENT + f"# {version}\n")
    newest = ib.get_component(componentBuildVersionArn=component.replace("1.0.0/1", "1.x.x"))
    assert newest["component"]["version"] == "1.2.0", newest
    assert ib.get_component(componentBuildVersionArn=component[:-2])["component"]["arn"] == component

    recipe = ib.create_image_recipe(
        name="web", semanticVersion="1.0.0", parentImage="debian-12",
        components=[{"componentArn": component, "parameters": [{"name": "who", "value": ["you"]}]}])["imageRecipeArn"]
    next_recipe = ib.create_image_recipe(
        name="web", semanticVersion="1.0.x", parentImage="debian-12",
        components=[{"componentArn": component.replace("1.0.0/1", "x.x.x")}])["imageRecipeArn"]
    assert next_recipe.endswith("/1.0.1"), next_recipe
    assert ib.get_image_recipe(imageRecipeArn=recipe)["imageRecipe"]["components"][0]["parameters"][0]["value"] == ["you"]
    infrastructure = ib.create_infrastructure_configuration(
        name="small", instanceProfileName="builder", instanceTypes=["t3.micro"], resourceTags={"a": "b"})[
            "infrastructureConfigurationArn"]
    ib.update_infrastructure_configuration(
        infrastructureConfigurationArn=infrastructure, instanceProfileName="other", description="new")
    got = ib.get_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)["infrastructureConfiguration"]
    assert got["instanceProfileName"] == "other" and "instanceTypes" not in got, got
    distribution = ib.create_distribution_configuration(
        name="here", distributions=[{"region": REGION, "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}}])[
            "distributionConfigurationArn"]
    ib.update_distribution_configuration(
        distributionConfigurationArn=distribution, distributions=[{"region": REGION}, {"region": "us-east-1"}])
    got = ib.get_distribution_configuration(distributionConfigurationArn=distribution)["distributionConfiguration"]
    assert [one["region"] for one in got["distributions"]] == [REGION, "us-east-1"], got
    workflow = ib.create_workflow(name="flow", semanticVersion="1.0.0", type="BUILD", data=WORKFLOW)["workflowBuildVersionArn"]
    pipeline = ib.create_image_pipeline(
        name="web", imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure,
        distributionConfigurationArn=distribution, imageTags={"from": "pipeline"}, executionRole="role",
        workflows=[{"workflowArn": workflow}], schedule={"scheduleExpression": "cron(0 3 * * ? *)"})["imagePipelineArn"]
    ib.update_image_pipeline(
        imagePipelineArn=pipeline, imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure,
        distributionConfigurationArn=distribution, status="DISABLED", imageTags={"from": "pipeline"})
    got = ib.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert got["status"] == "DISABLED" and got["platform"] == "Linux" and "schedule" not in got, got

    image = ib.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
    got = ib.get_image(imageBuildVersionArn=image)["image"]
    assert got["state"]["status"] == "PENDING" and got["imageRecipe"]["arn"] == recipe, got
    assert got["tags"] == {"from": "pipeline"} and got["sourcePipelineArn"] == pipeline, got
    assert [one["arn"] for one in ib.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]] == [image]
    assert code(ib.delete_image, imageBuildVersionArn=image) == "InvalidRequestException"
    ib.cancel_image_creation(imageBuildVersionArn=image)
    assert ib.get_image(imageBuildVersionArn=image)["image"]["state"]["status"] == "CANCELLED"
    ib.retry_image(imageBuildVersionArn=image)
    assert ib.get_image(imageBuildVersionArn=image)["image"]["state"]["status"] == "PENDING"
    ib.cancel_image_creation(imageBuildVersionArn=image)
    other = ib.create_image(imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)["imageBuildVersionArn"]
    assert other == image[:-1] + "2", other
    ib.cancel_image_creation(imageBuildVersionArn=other)

    # What is used stays.
    for call, arguments in (
            (ib.delete_component, {"componentBuildVersionArn": component}),
            (ib.delete_image_recipe, {"imageRecipeArn": recipe}),
            (ib.delete_infrastructure_configuration, {"infrastructureConfigurationArn": infrastructure}),
            (ib.delete_distribution_configuration, {"distributionConfigurationArn": distribution})):
        assert code(call, **arguments) == "ResourceDependencyException", (call, arguments)
    # Clean-up in reverse.
    for one in (image, other):
        ib.delete_image(imageBuildVersionArn=one)
    ib.delete_image_pipeline(imagePipelineArn=pipeline)
    ib.delete_workflow(workflowBuildVersionArn=workflow)
    ib.delete_distribution_configuration(distributionConfigurationArn=distribution)
    ib.delete_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)
    for one in (recipe, next_recipe):
        ib.delete_image_recipe(imageRecipeArn=one)
    for page in ib.get_paginator("list_component_build_versions").paginate(componentVersionArn=component[:-2]):
        assert [one["arn"] for one in page["componentSummaryList"]] == [component], page
    for one in ib.list_components()["componentVersionList"]:
        ib.delete_component(componentBuildVersionArn=one["arn"] + "/1")
    assert code(ib.get_component, componentBuildVersionArn=component) == "ResourceNotFoundException"
    for name, member in (
            ("list_components", "componentVersionList"), ("list_images", "imageVersionList"),
            ("list_image_recipes", "imageRecipeSummaryList"), ("list_image_pipelines", "imagePipelineList"),
            ("list_infrastructure_configurations", "infrastructureConfigurationSummaryList"),
            ("list_distribution_configurations", "distributionConfigurationSummaryList"),
            ("list_workflows", "workflowVersionList")):
        assert getattr(ib, name)()[member] == [], name


def lists(ib, model):
    """Paginators, filters, wildcards, by name."""
    for number in range(30):
        ib.create_component(
            name=f"part{number % 3}", semanticVersion=f"1.{number}.0", platform="Windows" if number % 2 else "Linux",
            data=f"name: p\nschemaVersion: 1.0\nphases: [{{name: {'test' if number % 5 == 0 else 'build'}, steps: "
                 f"[{{name: a, action: {'ExecutePowerShell' if number % 2 else 'ExecuteBash'}, inputs: {{commands: ['echo {number}']}}}}]}}]")
    pages = list(ib.get_paginator("list_components").paginate(PaginationConfig={"PageSize": 7}))
    names = [one["arn"] for page in pages for one in page["componentVersionList"]]
    assert len(pages) == 5 and len(names) == len(set(names)) == 30, (len(pages), len(names))
    assert not re.search(r"/\d+$", names[0]), names[0]

    def count(**arguments):
        return len(ib.list_components(maxResults=100, **arguments)["componentVersionList"])
    assert count(filters=[{"name": "platform", "values": ["Windows"]}]) == 15
    assert count(filters=[{"name": "name", "values": ["part1"]}, {"name": "platform", "values": ["Linux"]}]) == 5
    assert count(filters=[{"name": "type", "values": ["TEST"]}]) == 6
    assert count(filters=[{"name": "version", "values": ["1.3.0", "1.4.x"]}]) == 2
    assert count(byName=True) == 3
    assert count(owner="Amazon") == 0 and count(owner="Shared") == 0
    assert code(ib.list_components, filters=[{"name": "colour", "values": ["red"]}]) == "InvalidParameterValueException"
    assert code(ib.list_components, nextToken="nonsense") == "InvalidPaginationTokenException"
    token = ib.list_components(maxResults=5)["nextToken"]
    assert code(ib.list_image_recipes, nextToken=token) == "InvalidPaginationTokenException"


def refusals(ib, model):
    component = dict(name="refused", semanticVersion="1.0.0", platform="Linux")
    bad = "InvalidParameterValueException"
    assert code(ib.create_component, **component) == "InvalidParameterCombinationException"
    assert code(ib.create_component, **component, data="a", uri="s3://a/b") == "InvalidParameterCombinationException"
    assert code(ib.create_component, **component, data="name: [") == bad
    assert code(ib.create_component, **component, data=COMPONENT.replace("ExecuteBash", "Nonsense")) == bad
    assert code(ib.create_component, **component, uri="file:///nonexistent/x") == bad
    assert code(ib.create_component, **component, data=COMPONENT, dryRun=True) == "DryRunOperationException"
    assert code(ib.create_component, **{**component, "semanticVersion": "1.0"}, data=COMPONENT) == bad
    assert code(ib.create_component, **{**component, "semanticVersion": "1.0.9999999999"}, data=COMPONENT) in (
        bad, "InvalidVersionNumberException")
    assert code(ib.create_component, **{**component, "name": "a/b"}, data=COMPONENT) == bad
    assert code(ib.create_component, **{**component, "platform": "Plan9"}, data=COMPONENT) == bad
    assert code(ib.create_component, **component, data=COMPONENT, tags={"aws:x": "y"}) == bad
    with open(FOLDER + "/component.yaml", "w") as file:
        file.write(COMPONENT)
    arn = ib.create_component(**component, uri=f"file://{FOLDER}/component.yaml")["componentBuildVersionArn"]
    # The same token: the first answer, and another request with it is refused.
    token = str(uuid.uuid4())
    again = dict(component, semanticVersion="1.1.0", data=COMPONENT, clientToken=token)
    first = ib.create_component(**again)
    assert ib.create_component(**again)["componentBuildVersionArn"] == first["componentBuildVersionArn"]
    assert code(ib.create_component, **{**again, "semanticVersion": "1.2.0"}) == "IdempotentParameterMismatchException"
    assert code(ib.create_component, **component, data=COMPONENT) == "InvalidVersionNumberException"
    # Another document: the version's next build.
    second = ib.create_component(**component, data=COMPONENT + "# more\n")["componentBuildVersionArn"]
    assert second == arn[:-1] + "2", second
    missing = arn.replace("refused", "missing")
    assert code(ib.get_component, componentBuildVersionArn=missing) == "ResourceNotFoundException"
    assert code(ib.get_component, componentBuildVersionArn="arn:nonsense") == bad
    assert code(ib.delete_component, componentBuildVersionArn=missing) == "ResourceNotFoundException"
    recipe = dict(name="refused", semanticVersion="1.0.0", parentImage="debian-12")
    assert code(ib.create_image_recipe, **recipe, components=[{"componentArn": missing}]) == "ResourceNotFoundException"
    assert code(ib.create_image_recipe, **recipe, components=[
        {"componentArn": arn, "parameters": [{"name": "nobody", "value": ["x"]}]}]) == bad
    ib.create_image_recipe(**recipe, components=[{"componentArn": arn}])
    assert code(ib.create_image_recipe, **recipe, components=[{"componentArn": arn}]) == "ResourceAlreadyExistsException"
    assert code(ib.create_distribution_configuration, name="twice", distributions=[{"region": "a"}, {"region": "a"}]) == bad
    assert code(ib.create_workflow, name="bad", semanticVersion="1.0.0", type="BUILD", data="steps: 1") == bad


def everything(ib, model):
    """What is left of the model's operations: each is answered, with success or with an error that it is known for."""
    component = ib.import_component(
        name="imported", semanticVersion="1.0.0", type="TEST", format="SHELL", platform="Linux", data="echo 'hi: \"x\"'\n")[
            "componentBuildVersionArn"]
    assert ib.get_component(componentBuildVersionArn=component)["component"]["type"] == "TEST"
    recipe = ib.create_image_recipe(name="all", semanticVersion="1.0.0", parentImage="debian-12",
                                    components=[{"componentArn": component}])["imageRecipeArn"]
    container = ib.create_container_recipe(
        name="box", semanticVersion="1.0.0", containerType="DOCKER", parentImage="debian:12",
        components=[{"componentArn": component}], dockerfileTemplateData="FROM x",
        targetRepository={"service": "ECR", "repositoryName": "r"})["containerRecipeArn"]
    assert ib.get_container_recipe(containerRecipeArn=container)["containerRecipe"]["containerType"] == "DOCKER"
    infrastructure = ib.create_infrastructure_configuration(name="all", instanceProfileName="p")["infrastructureConfigurationArn"]
    image = ib.create_image(imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)["imageBuildVersionArn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "imagebuilder:Get*", "Resource": "*"}]})
    for word, name, arn in (("component", "componentArn", component), ("image", "imageArn", image),
                            ("image_recipe", "imageRecipeArn", recipe), ("container_recipe", "containerRecipeArn", container)):
        get, put = getattr(ib, f"get_{word}_policy"), getattr(ib, f"put_{word}_policy")
        assert code(get, **{name: arn}) == "ResourceNotFoundException"
        put(**{name: arn}, policy=policy)
        assert get(**{name: arn})["policy"] == policy
        assert code(put, **{name: arn}, policy="no JSON") == "InvalidParameterValueException"
    for arn in (component, recipe, container, infrastructure, image):
        ib.tag_resource(resourceArn=arn, tags={"a": "1", "b c": "2"})
        ib.untag_resource(resourceArn=arn, tagKeys=["a", "missing"])
        assert ib.list_tags_for_resource(resourceArn=arn)["tags"] == {"b c": "2"}
    assert code(ib.list_tags_for_resource, resourceArn=component.replace("imported", "gone")) == "ResourceNotFoundException"
    lifecycle = ib.create_lifecycle_policy(
        name="old", executionRole="role", resourceType="AMI_IMAGE", resourceSelection={"tagMap": {"a": "b"}},
        policyDetails=[{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 1, "unit": "DAYS"}}])["lifecyclePolicyArn"]
    ib.update_lifecycle_policy(
        lifecyclePolicyArn=lifecycle, executionRole="role", resourceType="AMI_IMAGE", status="DISABLED",
        resourceSelection={"recipes": [{"name": "all", "semanticVersion": "x.x.x"}]},
        policyDetails=[{"action": {"type": "DEPRECATE"}, "filter": {"type": "COUNT", "value": 3}}])
    assert ib.get_lifecycle_policy(lifecyclePolicyArn=lifecycle)["lifecyclePolicy"]["status"] == "DISABLED"
    assert [one["name"] for one in ib.list_lifecycle_policies()["lifecyclePolicySummaryList"]] == ["old"]
    ib.list_lifecycle_executions(resourceArn=lifecycle)
    ids = str(uuid.uuid4())
    assert code(ib.get_lifecycle_execution, lifecycleExecutionId="lce-" + ids) == "ResourceNotFoundException"
    assert code(ib.start_resource_state_update, resourceArn=image, state={"status": "DEPRECATED"}) == "InvalidRequestException"
    ib.cancel_image_creation(imageBuildVersionArn=image)
    execution = ib.start_resource_state_update(
        resourceArn=image, state={"status": "DELETED"}, includeResources={"amis": True}, executionRole="role")["lifecycleExecutionId"]
    assert ib.get_lifecycle_execution(lifecycleExecutionId=execution)["lifecycleExecution"]["state"]["status"] == "PENDING"
    assert len(ib.list_lifecycle_executions(resourceArn=image)["lifecycleExecutions"]) == 1
    assert ib.list_lifecycle_execution_resources(lifecycleExecutionId=execution)["resources"] == []
    ib.cancel_lifecycle_execution(lifecycleExecutionId=execution)
    assert ib.get_lifecycle_execution(lifecycleExecutionId=execution)["lifecycleExecution"]["state"]["status"] == "CANCELLED"
    assert ib.list_image_build_versions(imageVersionArn=image[:-2])["imageSummaryList"][0]["arn"] == image
    assert ib.list_image_packages(imageBuildVersionArn=image)["imagePackageList"] == []
    assert ib.list_image_scan_findings()["findings"] == []
    assert ib.list_image_scan_finding_aggregations()["responses"] == []
    assert ib.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"] == []
    assert ib.list_waiting_workflow_steps()["steps"] == []
    flow = ib.create_workflow(name="all", semanticVersion="1.0.0", type="TEST", data=WORKFLOW)["workflowBuildVersionArn"]
    assert ib.get_workflow(workflowBuildVersionArn=flow)["workflow"]["parameters"][0]["type"] == "boolean"
    assert len(ib.list_workflow_build_versions(workflowVersionArn=flow[:-2])["workflowSummaryList"]) == 1
    assert len(ib.list_container_recipes()["containerRecipeSummaryList"]) == 1
    for call in (ib.get_workflow_execution, ib.list_workflow_step_executions):
        assert code(call, workflowExecutionId="wf-" + ids) == "ResourceNotFoundException"
    assert code(ib.get_workflow_step_execution, stepExecutionId="step-" + ids) == "ResourceNotFoundException"
    assert code(ib.send_workflow_step_action, stepExecutionId="step-" + ids, imageBuildVersionArn=image,
                action="RESUME") == "ResourceNotFoundException"
    code(ib.get_marketplace_resource, resourceType="COMPONENT_DATA", resourceArn=component)
    code(ib.import_vm_image, name="vm-image", semanticVersion="1.0.0", platform="Linux", vmImportTaskId="import-ami-1")
    code(ib.import_disk_image, name="disk", semanticVersion="1.0.0", platform="Windows", osVersion="11", uri="s3://a/b",
         infrastructureConfigurationArn=infrastructure)
    code(ib.distribute_image, sourceImage=image, executionRole="role", distributionConfigurationArn=infrastructure.replace(
        "infrastructure", "distribution"))
    ib.delete_container_recipe(containerRecipeArn=container)
    ib.delete_lifecycle_policy(lifecyclePolicyArn=lifecycle)

    names = set(model.model.operation_names)
    assert names - model.done - set(model.refused) == set(), names - model.done - set(model.refused)
    # Refused here and answered in the tests in Swift, or nowhere.
    assert names - model.done == {
        "DistributeImage", "GetMarketplaceResource", "GetWorkflowExecution", "GetWorkflowStepExecution",
        "ImportDiskImage", "ImportVmImage", "ListWorkflowStepExecutions", "SendWorkflowStepAction"}, names - model.done


def access(endpoint, admin):
    reader = client(endpoint, new_key("reader", "--read-only"))
    reader.list_components()
    create = dict(name="denied", semanticVersion="1.0.0", platform="Linux", data=COMPONENT)
    assert code(reader.create_component, **create) == "AccessDeniedException"
    assert code(client(endpoint, (admin[0], "wrong")).list_components) == "InvalidSignatureException"
    assert code(client(endpoint, ("AKIAIOSFODNN7EXAMPLE", "wrong")).list_components) == "UnrecognizedClientException"
    assert code(client(endpoint, admin, "us-west-2").list_components) == "InvalidSignatureException"

    def raw(request):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers.get("x-amzn-errortype"), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("x-amzn-errortype"), error.read()
    assert raw(urllib.request.Request(endpoint + "/ListComponents", b"{}"))[:2] == (403, "MissingAuthenticationTokenException")
    assert raw(endpoint + "/health")[0] == 200
    metrics = raw(endpoint + "/metrics")[2].decode()
    assert re.search(r'kiln_api_requests_total\{operation="ListComponents",status="200"\} [1-9]', metrics), metrics

    def signed(method, path, body=b""):
        request = botocore.awsrequest.AWSRequest(method, endpoint + path, data=body, headers={"content-type": "application/json"})
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*admin), "imagebuilder", REGION).add_auth(request)
        return urllib.request.Request(endpoint + path, body or None, dict(request.headers), method=method)
    assert raw(signed("POST", "/Nonsense", b"{}"))[:2] == (404, "UnknownOperationException")
    assert raw(signed("POST", "/ListComponents", b"{"))[:2] == (400, "InvalidRequestException")
    assert raw(signed("POST", "/ListComponents", b"[" * 100000))[:2] == (400, "InvalidRequestException")
    changed = signed("POST", "/ListComponents", b"{}")
    changed.data = b'{"byName":true}'
    assert raw(changed)[:2] == (403, "InvalidSignatureException")
    big = urllib.request.Request(endpoint + "/ListComponents", b"x" * (2 << 20))
    try:
        assert raw(big)[0] == 413
    except (urllib.error.URLError, ConnectionError):
        pass  # It ends the connection, and the client may see that first.

    removed = new_key("removed")
    ib = client(endpoint, removed)
    ib.list_components()
    kiln("key", "api", "rm", removed[0])
    assert code(ib.list_components) == "UnrecognizedClientException"
    assert removed[1] not in kiln("key", "api", "ls")


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


def passes(part, arguments):
    try:
        part(*arguments)
        print(f"ok: {part.__name__}", flush=True)
        return True
    except Exception:
        traceback.print_exc(limit=-3)
        print(f"FAILED: {part.__name__}", flush=True)
        return False


def main():
    key = new_key()
    with Server() as server:
        model = Model(client(server.endpoint, key))
        parts = [(part, (model.client, model)) for part in (lab, lists, refusals, everything)]
        parts += [(access, (server.endpoint, key)), (command_line, (server.endpoint, key)), (concurrent, (server.endpoint, key))]
        failed = [part.__name__ for part, arguments in parts if not passes(part, arguments)]
    if not passes(transport, (key,)):
        failed.append("transport")
    log = open(FOLDER + "/serve.log").read()
    if failed:
        sys.exit("\n".join(log.splitlines()[-30:]))
    assert server.status == 0, (server.status, log[-2000:])
    assert key[1] not in log, "a secret in the log"
    print("ok: end")


main()
