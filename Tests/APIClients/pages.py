"""Every paginator that botocore has, page by page; its waiter; texts of all sorts that come back as they were sent."""
import uuid

import botocore.exceptions

from harness import COMPONENT, REGION, WORKFLOW, code

COUNT = 5


def pages(ib, model):
    """One page after the other has what one large page has, in its order, each once."""
    component = recipe = infrastructure = None
    for number in range(COUNT):
        name = f"page {number}"
        component = ib.create_component(name=name, semanticVersion="1.0.0", platform="Linux", data=COMPONENT)["componentBuildVersionArn"]
        # Builds of one version.
        several = ib.create_component(
            name="pages", semanticVersion="1.0.0", platform="Linux", data=f"{COMPONENT}# {number}\n")["componentBuildVersionArn"]
        flow = ib.create_workflow(name="pages", semanticVersion="1.0.0", type="BUILD", data=f"{WORKFLOW}# {number}\n")[
            "workflowBuildVersionArn"]
        ib.create_workflow(name=name, semanticVersion="1.0.0", type="BUILD", data=WORKFLOW)
        recipe = ib.create_image_recipe(name=name, semanticVersion="1.0.0", parentImage="debian-12",
                                        components=[{"componentArn": component}])["imageRecipeArn"]
        ib.create_container_recipe(
            name=name, semanticVersion="1.0.0", containerType="DOCKER", parentImage="debian:12", dockerfileTemplateData="FROM x",
            components=[{"componentArn": component}], targetRepository={"service": "ECR", "repositoryName": "r"})
        infrastructure = ib.create_infrastructure_configuration(name=name, instanceProfileName="p")["infrastructureConfigurationArn"]
        ib.create_distribution_configuration(name=name, distributions=[{"region": REGION}])
        pipeline = ib.create_image_pipeline(name=name, imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)[
            "imagePipelineArn"]
        ib.create_lifecycle_policy(
            name=name, executionRole="role", resourceType="AMI_IMAGE", resourceSelection={"tagMap": {"no": "image"}}, status="DISABLED",
            policyDetails=[{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 1, "unit": "YEARS"}}])
        ib.create_image(imageRecipeArn=recipe, infrastructureConfigurationArn=infrastructure)
    for _ in range(COUNT):
        image = ib.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
    arguments = {
        "ListComponentBuildVersions": {"componentVersionArn": several[:-2]}, "ListImageBuildVersions": {"imageVersionArn": image[:-2]},
        "ListImagePackages": {"imageBuildVersionArn": image}, "ListImagePipelineImages": {"imagePipelineArn": pipeline},
        "ListWorkflowBuildVersions": {"workflowVersionArn": flow[:-2]}, "ListWorkflowExecutions": {"imageBuildVersionArn": image},
        "ListLifecycleExecutions": {"resourceArn": image},
    }
    # Of executions there are none without a build: the tests in Swift have those, and an id of none is refused.
    none = {"ListWorkflowStepExecutions": {"workflowExecutionId": f"wf-{uuid.uuid4()}"},
            "ListLifecycleExecutionResources": {"lifecycleExecutionId": f"lce-{uuid.uuid4()}"}}
    empty = {"ListImagePackages", "ListWorkflowExecutions", "ListLifecycleExecutions", "ListImageScanFindings",
             "ListImageScanFindingAggregations", "ListWaitingWorkflowSteps"}
    operations = {operation: word for word, operation in ib.meta.method_to_api_mapping.items() if ib.can_paginate(word)}
    assert len(operations) >= 21, sorted(operations)
    for operation, word in sorted(operations.items()):
        paginator = ib.get_paginator(word)
        key = paginator.result_keys[0].expression
        if operation in none:
            assert code(lambda: list(paginator.paginate(**none[operation]))) == "ResourceNotFoundException", operation
            continue
        given = arguments.get(operation, {})
        whole = [one for page in paginator.paginate(**given) for one in page[key]]
        if operation in empty:
            assert whole == [], (operation, whole)
            continue
        small = [page[key] for page in paginator.paginate(**given, PaginationConfig={"PageSize": 2})]
        assert len(whole) >= COUNT and len(small) == -(-len(whole) // 2), (operation, len(whole), len(small))
        assert [one for page in small for one in page] == whole, operation
        assert len({one["arn"] for one in whole}) == len(whole), operation
        # From where it was left off, by what botocore keeps of that.
        first = paginator.paginate(**given, PaginationConfig={"PageSize": 2, "MaxItems": 3}).build_full_result()
        rest = paginator.paginate(**given, PaginationConfig={"PageSize": 2, "StartingToken": first["NextToken"]})
        assert first[key] + [one for page in rest for one in page[key]] == whole, operation
    waits(ib, image)


def waits(ib, image):
    """The one waiter that there is hears of an end that is not the good one. Builds have the other, in executions.py."""
    assert ib.waiter_names == ["image_available"], ib.waiter_names
    # x stands for images that are there alone, as the waiter's model says.
    assert code(ib.get_image, imageBuildVersionArn=image.replace("1.0.0", "x.x.x").rsplit("/", 1)[0]) == "ResourceNotFoundException"
    ib.cancel_image_creation(imageBuildVersionArn=image)
    try:
        ib.get_waiter("image_available").wait(imageBuildVersionArn=image, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
        raise AssertionError("waited for")
    except botocore.exceptions.WaiterError as error:
        assert "CANCELLED" in str(error) and "terminal failure" in str(error), error


TEXTS = ["é", "e\u0301", "\u202eright to left", "😀" * 20, "\ufeffmark", "\u2028lines\u2029", "a\tb\nc\rd", "\x01\x7f", "'; DROP TABLE resource; --",
         "\"\\\\u0041\"", "%00%2e", "{{ x }}", "${y}", "\ud7ff\ue000\uffff", "\U0010ffff", "ß\u1e9e", "𝔘𝔫𝔦", " "]


def texts(ib, model):
    """What is written is what is read, code point by code point; texts that are equal to people only are two."""
    arn = ib.create_infrastructure_configuration(name="texts", instanceProfileName="p")["infrastructureConfigurationArn"]
    for text in TEXTS:
        if text.strip():
            ib.update_infrastructure_configuration(infrastructureConfigurationArn=arn, instanceProfileName="p", description=text,
                                                   resourceTags={"k": text[:256]})
            got = ib.get_infrastructure_configuration(infrastructureConfigurationArn=arn)["infrastructureConfiguration"]
            assert got["description"] == text and got["resourceTags"] == {"k": text[:256]}, (text, got)
        ib.tag_resource(resourceArn=arn, tags={"text": text})
        assert ib.list_tags_for_resource(resourceArn=arn)["tags"] == {"text": text}, text
    # A database's text ends at this one: it is refused, not cut.
    for call, arguments in (
            (ib.tag_resource, dict(resourceArn=arn, tags={"text": "a\0b"})),
            (ib.update_infrastructure_configuration,
             dict(infrastructureConfigurationArn=arn, instanceProfileName="p", clientToken="a\0b"))):
        assert code(call, **arguments) in ("InvalidParameterValueException", "InvalidParameterException"), arguments
    # Tokens are what their bytes are.
    composed, apart = (
        ib.create_distribution_configuration(name=f"texts{number}", distributions=[{"region": REGION}], clientToken=token)[
            "distributionConfigurationArn"] for number, token in enumerate(("é", "e\u0301")))
    assert composed != apart
    for one in (composed, apart):
        ib.delete_distribution_configuration(distributionConfigurationArn=one)
    ib.delete_infrastructure_configuration(infrastructureConfigurationArn=arn)
