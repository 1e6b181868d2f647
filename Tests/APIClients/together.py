"""Fifty clients of two servers of one home that want the same names, versions, numbers and tokens."""
import concurrent.futures as futures
import threading

import botocore.exceptions

from harness import COMPONENT, REGION, Server, client

CLIENTS = 50


class Crowd:
    """Clients that ask at the same moment, one half of them each server."""

    def __init__(self, endpoints, key):
        self.clients = [client(endpoints[number % len(endpoints)], key) for number in range(CLIENTS)]
        self.pool = futures.ThreadPoolExecutor(CLIENTS)

    def ask(self, body):
        """What body gives each of them: an answer, or the code of an error."""
        gate = threading.Barrier(CLIENTS)

        def one(number):
            gate.wait(60)
            try:
                return body(self.clients[number], number)
            except botocore.exceptions.ClientError as error:
                return error.response["Error"]["Code"]
        return list(self.pool.map(one, range(CLIENTS)))


def every(ib, name, member, **arguments):
    return [one for page in ib.get_paginator(name).paginate(**arguments) for one in page[member]]


def split(answers):
    return [one for one in answers if one.startswith("arn:")], sorted({one for one in answers if not one.startswith("arn:")})


def together(endpoint, key):
    """Every acknowledged write is there exactly once, and nobody is told of another's."""
    with Server() as other:
        crowd = Crowd([endpoint, other.endpoint], key)
        component = crowd.clients[0].create_component(
            name="crowd", semanticVersion="1.0.0", platform="Linux", data=COMPONENT)["componentBuildVersionArn"]
        names(crowd)
        tokens(crowd)
        numbers(crowd, component)
        tags(crowd, component)
        updates(crowd)
        deletions(crowd)
        crowd.pool.shutdown()
    assert other.status == 0, other.status


def names(crowd):
    """One of those that want a name gets it."""
    def make(ib, number):
        return ib.create_infrastructure_configuration(name="wanted", instanceProfileName=f"p{number}")["infrastructureConfigurationArn"]
    made, refused = split(crowd.ask(make))
    assert len(made) == 1 and refused == ["ResourceAlreadyExistsException"], (made, refused)
    found = every(crowd.clients[0], "list_infrastructure_configurations", "infrastructureConfigurationSummaryList",
                  filters=[{"name": "name", "values": ["wanted"]}])
    assert [one["arn"] for one in found] == made, found


def tokens(crowd):
    """The same request with the same token is carried out once, and all hear of that; of other requests with it, one."""
    def same(ib, number):
        return ib.create_distribution_configuration(name="once", distributions=[{"region": REGION}], clientToken="the same")[
            "distributionConfigurationArn"]
    made, refused = split(crowd.ask(same))
    assert len(made) == CLIENTS and len(set(made)) == 1 and not refused, (made, refused)

    def different(ib, number):
        return ib.create_distribution_configuration(name=f"one of {number}", distributions=[{"region": REGION}], clientToken="another")[
            "distributionConfigurationArn"]
    made, refused = split(crowd.ask(different))
    assert len(made) == 1 and refused == ["IdempotentParameterMismatchException"], (made, refused)
    found = every(crowd.clients[1], "list_distribution_configurations", "distributionConfigurationSummaryList")
    arns = [one["arn"] for one in found if one["name"] == "once" or one["name"].startswith("one of")]
    assert len(arns) == 2 and set(made) < set(arns), arns


def numbers(crowd, component):
    """Versions that count on, and builds: each number is one client's."""
    def recipe(ib, number):
        return ib.create_image_recipe(name="counted", semanticVersion="2.1.x", parentImage="debian-12", description=f"of {number}",
                                      components=[{"componentArn": component}])["imageRecipeArn"]
    made = crowd.ask(recipe)
    assert sorted(made) == sorted(f"{made[0].rsplit('/', 1)[0]}/2.1.{number}" for number in range(CLIENTS)), sorted(made)
    for number, arn in enumerate(made):
        assert crowd.clients[0].get_image_recipe(imageRecipeArn=arn)["imageRecipe"]["description"] == f"of {number}", arn
    infrastructure = crowd.clients[0].create_infrastructure_configuration(name="counted", instanceProfileName="p")[
        "infrastructureConfigurationArn"]
    pipeline = crowd.clients[0].create_image_pipeline(
        name="counted", imageRecipeArn=made[0], infrastructureConfigurationArn=infrastructure)["imagePipelineArn"]

    def start(ib, number):
        return ib.start_image_pipeline_execution(imagePipelineArn=pipeline, tags={"of": f"{number}"})["imageBuildVersionArn"]
    images = crowd.ask(start)
    assert sorted(int(arn.rsplit("/", 1)[1]) for arn in images) == list(range(1, CLIENTS + 1)), images
    found = every(crowd.clients[1], "list_image_pipeline_images", "imageSummaryList", imagePipelineArn=pipeline,
                  PaginationConfig={"PageSize": 7})
    assert {one["arn"]: one["tags"]["of"] for one in found} == {arn: f"{number}" for number, arn in enumerate(images)}, found
    assert len(found) == CLIENTS

    def cancel(ib, number):
        return ib.cancel_image_creation(imageBuildVersionArn=images[number])["imageBuildVersionArn"]
    assert crowd.ask(cancel) == images


def tags(crowd, component):
    """As many tags as a resource may have, one a client, and not one more."""
    def tag(ib, number):
        ib.tag_resource(resourceArn=component, tags={f"key{number}": f"value{number}"})
        return "done"
    assert crowd.ask(tag) == ["done"] * CLIENTS
    expected = {f"key{number}": f"value{number}" for number in range(CLIENTS)}
    assert crowd.clients[0].list_tags_for_resource(resourceArn=component)["tags"] == expected

    def swap(ib, number):
        ib.untag_resource(resourceArn=component, tagKeys=[f"key{number}"])
        ib.tag_resource(resourceArn=component, tags={f"new{number % 25}": f"{number}"})
        return "done"
    assert crowd.ask(swap) == ["done"] * CLIENTS
    found = crowd.clients[1].list_tags_for_resource(resourceArn=component)["tags"]
    assert sorted(found) == sorted(f"new{number}" for number in range(25)), found
    assert all(int(value) % 25 == int(name[3:]) for name, value in found.items()), found


def updates(crowd):
    """The last one counts, all of it."""
    arn = crowd.clients[0].create_distribution_configuration(name="changed", distributions=[{"region": REGION}])[
        "distributionConfigurationArn"]

    def update(ib, number):
        ib.update_distribution_configuration(
            distributionConfigurationArn=arn, description=f"of {number}",
            distributions=[{"region": REGION, "amiDistributionConfiguration": {"description": f"of {number}"}}])
        return "done"
    assert crowd.ask(update) == ["done"] * CLIENTS
    found = crowd.clients[1].get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    assert found["description"] == found["distributions"][0]["amiDistributionConfiguration"]["description"], found


def deletions(crowd):
    """What is deleted is deleted by one; what somebody begins to use in that moment stays, or was gone for them."""
    component = crowd.clients[0].create_component(
        name="fleeting", semanticVersion="1.0.0", platform="Linux", data=COMPONENT)["componentBuildVersionArn"]

    def use(ib, number):
        if number % 2:
            return ib.delete_component(componentBuildVersionArn=component)["componentBuildVersionArn"]
        return ib.create_image_recipe(name=f"fleeting{number}", semanticVersion="1.0.0", parentImage="debian-12",
                                      components=[{"componentArn": component}])["imageRecipeArn"]
    answers = crowd.ask(use)
    recipes, deleted = [one for one in answers if "image-recipe" in one], answers.count(component)
    refused = {one for one in answers if not one.startswith("arn:")}
    assert refused <= {"ResourceNotFoundException", "ResourceDependencyException"}, refused
    assert (deleted == 0) == bool(recipes) and deleted <= 1, answers

    def delete(ib, number):
        arn = crowd.once
        return ib.delete_infrastructure_configuration(infrastructureConfigurationArn=arn)["infrastructureConfigurationArn"]
    crowd.once = crowd.clients[0].create_infrastructure_configuration(name="fleeting", instanceProfileName="p")[
        "infrastructureConfigurationArn"]
    made, refused = split(crowd.ask(delete))
    assert made == [crowd.once] and refused == ["ResourceNotFoundException"], (made, refused)
