"""A template that CDK has synthesized (fixtures/cdk), registered by kiln apply, and asked for by boto3."""
import json
import os

from harness import ACCOUNT, REGION, kiln

TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/cdk/images.template.json")


def cdk(ib, model):
    kiln("validate", TEMPLATE)

    def apply():
        return {one["logicalID"]: one for one in json.loads(kiln("apply", TEMPLATE, "--json", "--region", REGION, "--account", ACCOUNT))}
    made = apply()
    assert {one["outcome"] for one in made.values()} == {"created"}, made
    assert {one["outcome"] for one in apply().values()} == {"unchanged"}
    arns = {one["type"].rsplit("::", 1)[-1]: one["arn"] for one in made.values()}
    component = ib.get_component(componentBuildVersionArn=arns["Component"])["component"]
    assert component["tags"] == {"made": "by CDK"} and component["parameters"][0]["name"] == "who", component
    recipe = ib.get_image_recipe(imageRecipeArn=arns["ImageRecipe"])["imageRecipe"]
    assert recipe["components"][0]["parameters"] == [{"name": "who", "value": ["you"]}], recipe
    assert recipe["parentImage"] == f"arn:aws:imagebuilder:{REGION}:aws:image/debian-12-x86/x.x.x", recipe
    assert recipe["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 8, recipe
    infrastructure = ib.get_infrastructure_configuration(infrastructureConfigurationArn=arns["InfrastructureConfiguration"])[
        "infrastructureConfiguration"]
    assert infrastructure["instanceTypes"] == ["t3.micro"] and infrastructure["logging"]["s3Logs"]["s3KeyPrefix"] == "logs", infrastructure
    distribution = ib.get_distribution_configuration(distributionConfigurationArn=arns["DistributionConfiguration"])[
        "distributionConfiguration"]
    ami = distribution["distributions"][0]["amiDistributionConfiguration"]
    assert distribution["distributions"][0]["region"] == REGION and ami["launchPermission"]["userIds"] == ["111122223333"], distribution
    pipeline = ib.get_image_pipeline(imagePipelineArn=arns["ImagePipeline"])["imagePipeline"]
    assert pipeline["imageRecipeArn"] == arns["ImageRecipe"] and pipeline["status"] == "DISABLED", pipeline
    assert pipeline["workflows"] == [{"workflowArn": arns["Workflow"]}], pipeline
    assert pipeline["schedule"]["pipelineExecutionStartCondition"] == "EXPRESSION_MATCH_ONLY", pipeline
    policy = ib.get_lifecycle_policy(lifecyclePolicyArn=arns["LifecyclePolicy"])["lifecyclePolicy"]
    assert policy["policyDetails"][0]["filter"] == {"type": "AGE", "value": 1, "unit": "YEARS", "retainAtLeast": 2}, policy
    ib.delete_lifecycle_policy(lifecyclePolicyArn=arns["LifecyclePolicy"])
    ib.delete_image_pipeline(imagePipelineArn=arns["ImagePipeline"])
    ib.delete_workflow(workflowBuildVersionArn=arns["Workflow"])
    ib.delete_distribution_configuration(distributionConfigurationArn=arns["DistributionConfiguration"])
    ib.delete_infrastructure_configuration(infrastructureConfigurationArn=arns["InfrastructureConfiguration"])
    ib.delete_image_recipe(imageRecipeArn=arns["ImageRecipe"])
    ib.delete_component(componentBuildVersionArn=arns["Component"])
