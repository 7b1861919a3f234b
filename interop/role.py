"""role.py: makes the role `function`, without which moto makes no function."""

import boto3

boto3.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")
