"""Prints which host botocore has for each service, region and variant, as JSON: {"ec2 eu-central-1 fips": "ec2-fips…"}.

    python endpoints.py SERVICE… -- REGION…     a variant that the service lacks is null
"""
import json
import sys
from urllib.parse import urlsplit

import botocore.session
from botocore.exceptions import EndpointProviderError

VARIANTS = {"": {}, "fips": {"UseFIPS": True}, "dualstack": {"UseDualStack": True},
            "fips dualstack": {"UseFIPS": True, "UseDualStack": True}}


def host(client, region, variant):
    parameters = {"Region": region, "UseFIPS": False, "UseDualStack": False, **variant}
    if client.meta.service_model.service_name == "s3":
        parameters |= {"Bucket": "images", "ForcePathStyle": True}
    try:
        return urlsplit(client._ruleset_resolver._provider.resolve_endpoint(**parameters).url).netloc
    except EndpointProviderError:
        return None


def main():
    words = sys.argv[1:]
    services, regions = words[:words.index("--")], words[words.index("--") + 1:]
    session = botocore.session.get_session()
    found = {}
    for service in services:
        client = session.create_client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        for region in regions:
            for name, variant in VARIANTS.items():
                found[f"{service} {region} {name}".strip()] = host(client, region, variant)
    json.dump(found, sys.stdout)


main()
