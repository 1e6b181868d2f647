"""Moto's server, with what distributions call and moto lacks or takes lightly:

- CopyImage of an image that another account shares, as far as its launch permission and that of its snapshot go; with a key,
  which has to be there, or the copy ends as FAILED, as it does in EC2;
- StartSnapshot with a key, and CreateVolumePermission of ModifySnapshotAttribute;
- the same copy for the same client token, no second image of a name, an image's tags from its registration;
- EnableImageDeprecation and DisableImageDeprecation;
- the time of an image's last launch, which its tag "moto:last-launched" says;
- AssumeRole of roles that nobody may assume, and of some whose keys another server knows, too: KILN_ROLE_KEYS, a JSON object
  of role names and pairs of key and secret.
"""

import json
import os
import sys

from moto.core.responses import ActionResult
from moto.ebs.responses import EBSResponse
from moto.ec2.exceptions import AuthFailureRestricted, EC2ClientError, InvalidAMIIdError
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.elastic_block_store import ElasticBlockStore
from moto.ec2.utils import random_ami_id
from moto.kms import kms_backends
from moto.server import main
from moto.sts.exceptions import STSClientError
from moto.sts.models import STSBackend


def key_arn(account, region, name):
    """The ARN of a key that is there; None for any other."""
    try:
        return kms_backends[account][region].describe_key(name).arn
    except Exception:
        return None


def shared_image(account, region, image_id):
    """An image of this account, or one that another lets it launch and copy."""
    own = ec2_backends[account][region].amis.get(image_id)
    if own:
        return own
    for other, regions in list(ec2_backends.items()):
        image = regions[region].amis.get(image_id) if other != account else None
        if not image:
            continue
        if {"UserId": account} not in image.launch_permissions:
            break
        if account not in image.ebs_snapshot.create_volume_permission_userids:
            raise AuthFailureRestricted()
        return image
    raise InvalidAMIIdError([image_id])


copies = {}


def copy_image(self):
    account, backend = self.current_account, self.ec2_backend
    token = (account, self.region, self._get_param("ClientToken"))
    if token[2] and token in copies:
        return ActionResult({"ImageId": copies[token]})
    source = shared_image(account, self._get_param("SourceRegion"), self._get_param("SourceImageId"))
    image = Ami(
        backend,
        random_ami_id(),
        source_ami=source,
        name=self._get_param("Name"),
        description=self._get_param("Description"),
    )
    backend.amis[image.id] = image
    copies[token] = image.id
    wanted = self._get_param("KmsKeyId")
    if wanted or self._get_param("Encrypted") or source.ebs_snapshot.encrypted:
        key = key_arn(account, self.region, wanted or "alias/aws/ebs")
        image.ebs_snapshot.encrypted = True
        image.ebs_snapshot.kms_key_id = key
        if not key:
            image.state = "failed"
    return ActionResult({"ImageId": image.id})


plain_share = ElasticBlockStore.modify_snapshot_attribute


def modify_snapshot_attribute(self):
    """As the API has it, beside the AWS CLI's older form."""
    changes = self._get_param("CreateVolumePermission", {})
    snapshot = self._get_param("SnapshotId")
    for change, method in (("Add", "add_create_volume_permission"), ("Remove", "remove_create_volume_permission")):
        users = [entry["UserId"] for entry in changes.get(change, []) if "UserId" in entry]
        if users:
            getattr(self.ec2_backend, method)(snapshot, user_ids=users, groups=[])
    return plain_share(self)


plain_register = AmisResponse.register_image


def register_image(self):
    name = self._get_param("Name")
    if any(image.name == name and image.owner_id == self.current_account for image in self.ec2_backend.amis.values()):
        raise EC2ClientError("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI ami-…")
    result = plain_register(self)
    tags = [spec for spec in self._get_param("TagSpecifications", []) if spec["ResourceType"] == "image"]
    for tag in tags[0]["Tags"] if tags else []:
        self.ec2_backend.amis[result._result["ImageId"]].add_tag(tag["Key"], tag["Value"])
    return result


def enable_image_deprecation(self):
    image_id = self._get_param("ImageId")
    if image_id not in self.ec2_backend.amis:
        raise InvalidAMIIdError([image_id])
    # EC2 keeps minutes.
    date = self._get_param("DeprecateAt").strftime("%Y-%m-%dT%H:%M:00.000Z")
    self.ec2_backend.amis[image_id].deprecation_time = date
    return ActionResult({"Return": True})


def disable_image_deprecation(self):
    image_id = self._get_param("ImageId")
    if image_id not in self.ec2_backend.amis:
        raise InvalidAMIIdError([image_id])
    self.ec2_backend.amis[image_id].deprecation_time = None
    return ActionResult({"Return": True})


plain_describe_attribute = AmisResponse.describe_image_attribute


def describe_image_attribute(self):
    image_id = self._get_param("ImageId")
    if self._get_param("Attribute") != "lastLaunchedTime":
        return plain_describe_attribute(self)
    if image_id not in self.ec2_backend.amis:
        raise InvalidAMIIdError([image_id])
    tags = {tag["key"]: tag["value"] for tag in self.ec2_backend.amis[image_id].get_tags()}
    time = tags.get("moto:last-launched")
    return ActionResult({"ImageId": image_id, **({"LastLaunchedTime": {"Value": time}} if time else {})})


plain_start = EBSResponse.start_snapshot


def start_snapshot(self):
    result = plain_start(self)
    key = self._get_param("KmsKeyArn")
    if key:
        snapshot = self.ebs_backend.ec2_backend.snapshots[result._result["SnapshotId"]]
        snapshot.encrypted, snapshot.kms_key_id = True, key
    return result


plain_key = STSBackend._create_access_key
role_keys = json.loads(os.environ.get("KILN_ROLE_KEYS", "{}"))


def create_access_key(self, role):
    name = role.split("/")[-1]
    if "nobody" in name or ":iam::000000000000:" in role:
        raise STSClientError("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {role}")
    account, key = plain_key(self, role)
    if name in role_keys:
        key.access_key_id, key.secret_access_key = role_keys[name]
    return account, key


class NoToken:
    """Keys that another server knows need none there."""

    def __get__(self, role, owner=None):
        known = any(role.access_key_id == key for key, _ in role_keys.values())
        return "" if known else role.__dict__["session_token"]

    def __set__(self, role, token):
        role.__dict__["session_token"] = token


if __name__ == "__main__":
    import moto.sts.models

    AmisResponse.copy_image = copy_image
    ElasticBlockStore.modify_snapshot_attribute = modify_snapshot_attribute
    AmisResponse.register_image = register_image
    AmisResponse.enable_image_deprecation = enable_image_deprecation
    AmisResponse.disable_image_deprecation = disable_image_deprecation
    AmisResponse.describe_image_attribute = describe_image_attribute
    EBSResponse.start_snapshot = start_snapshot
    STSBackend._create_access_key = create_access_key
    moto.sts.models.AssumedRole.session_token = NoToken()
    sys.argv[0] = "moto_server"
    sys.exit(main())
