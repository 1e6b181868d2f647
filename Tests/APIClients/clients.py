"""Asks `kiln serve` by clients that nobody here wrote, boto3 and the AWS CLI, and holds every answer against botocore's model.

    python clients.py KILN FOLDER     starts KILN serve with a home of its own in FOLDER, checks, ends it

Prints a line a part; ends with status 1 where one fails. Parts do not depend on time.
"""
import sys
import traceback

sys.dont_write_bytecode = True

from access import access
from cdk import cdk
from everything import everything
from full import full
from harness import FOLDER, Model, Server, client, new_key
from lab import lab
from lists import lists
from pages import pages, texts
from refusals import refusals
from terraform import terraform
from together import together
from transport import command_line, concurrent, transport
from wire import wire


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
        parts = [(part, (model.client, model)) for part in (lab, terraform, cdk, lists, refusals, everything, pages, texts)]
        parts += [(part, (server.endpoint, key)) for part in (access, command_line, concurrent, together, wire)]
        failed = [part.__name__ for part, arguments in parts if not passes(part, arguments)]
    failed += [part.__name__ for part, arguments in ((transport, (key,)), (full, ())) if not passes(part, arguments)]
    log = open(FOLDER + "/serve.log").read()
    if failed:
        sys.exit("\n".join(log.splitlines()[-30:]))
    assert server.status == 0, (server.status, log[-2000:])
    assert key[1] not in log, "a secret in the log"
    print("ok: end")


main()
