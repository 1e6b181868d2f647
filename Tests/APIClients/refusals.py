"""What is wrong, by the errors that tell it; dry runs; the same token again; the next build."""
import uuid

from harness import COMPONENT, FOLDER, code


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
