"""Paginators, filters, wildcards, by name."""
import re

from harness import code


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
