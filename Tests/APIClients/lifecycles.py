"""Has `kiln serve` carry lifecycles out, by boto3: policies, state updates, and a kill -9 between two steps of a deletion.

    python lifecycles.py KILN FOLDER     starts KILN serve with a home of its own in FOLDER, checks, ends it

Images are made by the API and never built: their states and ages are written into the store.
"""
import hashlib
import http.server
import json
import sqlite3
import sys
import threading
import time
import traceback
import urllib.parse

sys.dont_write_bytecode = True

from harness import COMPONENT, ENVIRONMENT, FOLDER, Model, Server, client, code, new_key

DAY = 24 * 3600 * 1000


def until(what, look, limit=40):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no {what} within {limit} s")


def store(sql, *arguments):
    with sqlite3.connect(FOLDER + "/home/kiln.db", timeout=30) as database:
        return database.execute(sql, arguments).fetchall()


def digest(image):
    return hashlib.sha256(image.encode()).hexdigest()


class Maker:
    """Images of one recipe."""

    def __init__(self, ib, name):
        component = ib.create_component(name=name, semanticVersion="1.0.0", platform="Linux", data=COMPONENT)[
            "componentBuildVersionArn"]
        self.ib, self.recipe = ib, ib.create_image_recipe(
            name=name, semanticVersion="1.0.0", parentImage="debian-12", components=[{"componentArn": component}])["imageRecipeArn"]
        self.infrastructure = ib.create_infrastructure_configuration(name=name, instanceProfileName="p")[
            "infrastructureConfigurationArn"]

    def image(self, days, amis=(), **more):
        image = self.ib.create_image(
            imageRecipeArn=self.recipe, infrastructureConfigurationArn=self.infrastructure, **more)["imageBuildVersionArn"]
        self.ib.cancel_image_creation(imageBuildVersionArn=image)
        output = {"amis": [{"region": "eu-central-1", "image": ami} for ami in amis]}
        store("UPDATE resource SET state = 'AVAILABLE', state_reason = NULL, created_at = created_at - ?, document = json_set("
              "document, '$.outputResources', json(?), '$.kiln', json(?)) WHERE arn = ?",
              days * DAY, json.dumps(output), json.dumps({"build": "b-1", "image": digest(image)}), image)
        return image


def state(ib, image):
    return ib.get_image(imageBuildVersionArn=image)["image"]["state"]["status"]


def ended(ib, arn, count=1):
    """Its executions, once so many are over."""
    def look():
        found = ib.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]
        over = [one for one in found if one["state"]["status"] in ("SUCCESS", "FAILED", "CANCELLED")]
        return over if len(over) == count else None
    return until(f"end of {count} executions of {arn}", look)


def policy(ib, name, details, **more):
    return ib.create_lifecycle_policy(
        name=name, executionRole="role", resourceType="AMI_IMAGE", policyDetails=details,
        resourceSelection={"recipes": [{"name": name, "semanticVersion": "1.x.x"}]}, **more)["lifecyclePolicyArn"]


def policies(ib):
    make = Maker(ib, "aged")
    images = [make.image(days) for days in (90, 50, 40, 20, 1)]
    kept = make.image(99, tags={"keep": "yes"})
    rules = [
        {"action": {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}},
         "filter": {"type": "AGE", "value": 2, "unit": "MONTHS", "retainAtLeast": 2},
         "exclusionRules": {"tagMap": {"keep": "yes"}}},
        {"action": {"type": "DISABLE"}, "filter": {"type": "AGE", "value": 5, "unit": "WEEKS"},
         "exclusionRules": {"tagMap": {"keep": "yes"}}},
        {"action": {"type": "DEPRECATE"}, "filter": {"type": "AGE", "value": 10, "unit": "DAYS"}}]
    arn = policy(ib, "aged", rules)
    execution, = ended(ib, arn)
    assert execution["state"] == {"status": "SUCCESS"}, execution
    assert execution["resourcesImpactedSummary"]["hasImpactedResources"] and execution["lifecyclePolicyArn"] == arn, execution
    assert execution["startTime"] <= execution["endTime"], execution
    assert code(ib.get_image, imageBuildVersionArn=images[0]) == "ResourceNotFoundException"
    expected = ["DISABLED", "DISABLED", "DEPRECATED", "AVAILABLE"]
    assert [state(ib, image) for image in images[1:]] == expected, [state(ib, image) for image in images[1:]]
    assert state(ib, kept) == "DEPRECATED", state(ib, kept)
    last = ib.get_lifecycle_policy(lifecyclePolicyArn=arn)["lifecyclePolicy"]["dateLastRun"]
    assert last == execution["startTime"], (last, execution)
    assert ib.list_lifecycle_policies()["lifecyclePolicySummaryList"][0]["dateLastRun"] == last
    pages = ib.get_paginator("list_lifecycle_execution_resources").paginate(
        lifecycleExecutionId=execution["lifecycleExecutionId"], PaginationConfig={"PageSize": 2})
    found = [one for page in pages for one in page["resources"]]
    assert {one["resourceId"] for one in found} == {kept, *images[:4]}, found
    assert all(one["state"]["status"] == "SUCCESS" and one["action"]["reason"] and one["region"] for one in found), found
    below = ib.list_lifecycle_execution_resources(
        lifecycleExecutionId=execution["lifecycleExecutionId"], parentResourceId=images[0])["resources"]
    assert [one["resourceId"] for one in below] == ["sha256:" + digest(images[0])], below
    # The newest build of the version is deprecated: it is shown to whoever asks for such ones.
    assert ib.list_images()["imageVersionList"] == []
    assert len(ib.list_images(includeDeprecated=True)["imageVersionList"]) == 1
    left = ib.list_image_build_versions(imageVersionArn=images[0][:-2])["imageSummaryList"]
    assert [one["arn"] for one in left] == [*images[1:], kept], left
    assert ib.list_lifecycle_executions(resourceArn=kept)["lifecycleExecutions"] == []
    assert code(ib.list_lifecycle_executions, resourceArn=make.recipe) == "InvalidParameterValueException"


def updates(ib):
    make = Maker(ib, "updated")
    image = make.image(1)
    for word in ("DEPRECATED", "AVAILABLE", "DISABLED"):
        assert "lifecycleExecutionId" not in ib.start_resource_state_update(resourceArn=image, state={"status": word})
        assert state(ib, image) == word
    name = "StartResourceStateUpdate"
    delete = dict(resourceArn=image, state={"status": "DELETED"})
    assert code(ib.start_resource_state_update, **delete) == "InvalidRequestException", name
    begun = ib.start_resource_state_update(
        **delete, includeResources={"amis": True, "snapshots": True}, executionRole="role")["lifecycleExecutionId"]
    execution, = ended(ib, image)
    assert execution["lifecycleExecutionId"] == begun and execution["state"]["status"] == "SUCCESS", execution
    assert code(ib.get_image, imageBuildVersionArn=image) == "ResourceNotFoundException"
    assert ib.get_lifecycle_execution(lifecycleExecutionId=begun)["lifecycleExecution"] == execution
    assert code(ib.cancel_lifecycle_execution, lifecycleExecutionId=begun) == "InvalidRequestException"


class CloudStub(http.server.BaseHTTPRequestHandler):
    """An EC2 with one AMI, which takes its first deregistration and never answers."""

    seen, is_there, asked, blocked = [], True, 0, threading.Event()

    def log_message(self, *_):
        pass

    def do_POST(self):
        cloud = CloudStub
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        action = form["Action"][0]
        cloud.seen.append(action)
        status, body = 200, "<R><return>true</return></R>"
        if action == "DescribeImages":
            body = ("<R><imagesSet><item><imageId>ami-1</imageId><imageState>available</imageState><blockDeviceMapping><item>"
                    "<ebs><snapshotId>snap-1</snapshotId></ebs></item></blockDeviceMapping></item></imagesSet></R>")
        if action in ("DescribeImages", "DeregisterImage") and not cloud.is_there:
            status, body = 400, ("<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code><Message>gone</Message></Error>"
                                 "</Errors><RequestID>r</RequestID></Response>")
        if action == "DeregisterImage" and cloud.is_there:
            cloud.is_there = False
            cloud.blocked.set()
            time.sleep(60)
        try:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())
        except OSError:
            pass  # Whoever asked is gone.


def killed(key):
    """The process is killed between the end of an AMI and that of its snapshot; the next one finishes it."""
    cloud = http.server.ThreadingHTTPServer(("127.0.0.1", 0), CloudStub)
    cloud.daemon_threads = True
    threading.Thread(target=cloud.serve_forever, daemon=True).start()
    ENVIRONMENT.update({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.server_port}", "AWS_ACCESS_KEY_ID": "A",
                        "AWS_SECRET_ACCESS_KEY": "B"})
    with Server("--distribute") as server:
        ib = client(server.endpoint, key)
        make = Maker(ib, "killed")
        old, new = make.image(9, ["ami-1"]), make.image(1)
        arn = policy(ib, "killed", [
            {"action": {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}},
             "filter": {"type": "COUNT", "value": 1}}])
        assert CloudStub.blocked.wait(40), CloudStub.seen
        assert state(ib, old) == "DELETED"
        server.process.kill()
        assert server.process.wait(10) == -9
    assert store("SELECT status FROM lifecycle_execution WHERE resource = ?", arn) == [("IN_PROGRESS",)]
    with Server("--distribute") as server:
        ib = client(server.endpoint, key)
        execution, = ended(ib, arn)
        assert execution["state"]["status"] == "SUCCESS", execution
        assert code(ib.get_image, imageBuildVersionArn=old) == "ResourceNotFoundException"
        assert state(ib, new) == "AVAILABLE"
        below = ib.list_lifecycle_execution_resources(
            lifecycleExecutionId=execution["lifecycleExecutionId"], parentResourceId=old)["resources"]
        snapshots = {one["resourceId"]: one.get("snapshots") for one in below}["ami-1"]
        assert snapshots == [{"snapshotId": "snap-1", "state": {"status": "SUCCESS"}}], below
    assert CloudStub.seen.count("DeleteSnapshot") == 1, CloudStub.seen
    assert server.status == 0, server.status


def main():
    key = new_key()
    try:
        with Server() as server:
            model = Model(client(server.endpoint, key))
            for part in (policies, updates):
                part(model.client)
                print(f"ok: {part.__name__}", flush=True)
        assert server.status == 0, server.status
        killed(key)
        print("ok: killed", flush=True)
    except Exception:
        traceback.print_exc(limit=-3)
        sys.exit("\n".join(open(FOLDER + "/serve.log").read().splitlines()[-30:]))
    print("ok: end")


main()
