"""The whole lab, in the order of a person's work, cleaned up in reverse."""
from harness import ACCOUNT, COMPONENT, REGION, WORKFLOW, code


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
