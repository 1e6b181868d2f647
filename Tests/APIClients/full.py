"""A home on a file system that is full: said as such, nothing lost, and it goes on when there is room."""
import json
import os
import subprocess
import urllib.request

import botocore.exceptions

from harness import COMPONENT, FOLDER, REGION, Server, client, new_key


def full():
    place = FOLDER + "/small"
    os.mkdir(place)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "kiln-test", place], capture_output=True).returncode:
        return  # There is no file system of its own without root.
    try:
        fills(place)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fills(place):
    home = place + "/home"
    key = new_key(home=home)
    with Server(home=home) as server:
        ib = client(server.endpoint, key)
        tagged = ib.create_distribution_configuration(name="tagged", distributions=[{"region": REGION}])["distributionConfigurationArn"]
        fill(place)
        there, refused = {}, 0
        # What has room goes on until there is none.
        for number in range(4000):
            found = make(ib, number, there)
            refused += found is not None
            if refused == 5:
                break
            assert found in (None, "ServiceUnavailableException"), found
        assert refused == 5, "the disk was never full"
        # What little is left is not enough for long; operations on tags have another word for it.
        fill(place, "last", 0)
        tags = {}
        assert any(tag(ib, tagged, number, tags) == "ServiceException" for number in range(2000)), "the disk was never full"
        assert ib.list_tags_for_resource(resourceArn=tagged)["tags"] == tags
        # Reading goes on.
        expect(ib, there)
        with urllib.request.urlopen(server.endpoint + "/health", timeout=20) as answer:
            assert json.load(answer) == {"status": "ok"}
        os.remove(place + "/filler")
        assert make(ib, 9000, there) is None
        assert tag(ib, tagged, 9000, tags) is None
        assert ib.list_tags_for_resource(resourceArn=tagged)["tags"] == tags
        expect(ib, there)
    assert server.status == 0, server.status
    fill(place)
    # It starts, and answers, on a disk that is full.
    with Server(home=home) as server:
        expect(client(server.endpoint, key), there)
    os.remove(place + "/filler")


def fill(place, name="filler", left=256 << 10):
    """All but so many bytes: what is committed last has room or has none, with no rule for which."""
    with open(f"{place}/{name}", "wb", buffering=0) as filler:
        try:
            while filler.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            pass
        size = filler.seek(0, os.SEEK_END)
        filler.truncate(max(0, size - left))


def tag(ib, arn, number, tags):
    """None, or the code of the error."""
    given = {f"key{number % 50}": f"{number}-" + "x" * 250}
    try:
        ib.tag_resource(resourceArn=arn, tags=given)
    except botocore.exceptions.ClientError as error:
        assert "no space" in error.response["Error"]["Message"], error
        return error.response["Error"]["Code"]
    tags.update(given)
    return None


def make(ib, number, there):
    """None, or the code of the error."""
    text = COMPONENT + f"# {number} " + "x" * 8000 + "\n"
    try:
        arn = ib.create_component(name=f"full {number}", semanticVersion="1.0.0", platform="Linux", data=text)["componentBuildVersionArn"]
    except botocore.exceptions.ClientError as error:
        assert "no space" in error.response["Error"]["Message"], error
        return error.response["Error"]["Code"]
    there[arn] = text
    return None


def expect(ib, there):
    """All that was acknowledged, and nothing besides."""
    pages = ib.get_paginator("list_components").paginate()
    assert {one["arn"] + "/1" for page in pages for one in page["componentVersionList"]} == set(there)
    for arn in list(there)[-10:]:
        assert ib.get_component(componentBuildVersionArn=arn)["component"]["data"] == there[arn], arn
