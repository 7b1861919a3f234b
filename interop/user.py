"""user.py [ACTION]: makes the user `reader`, who may do ACTION or nothing, and prints a key of theirs."""

import json
import sys

import boto3

actions = sys.argv[1:]
iam = boto3.client("iam")
iam.create_user(UserName="reader")
if actions:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="reader", PolicyName="reader", PolicyDocument=policy)
made = iam.create_access_key(UserName="reader")["AccessKey"]
print(made["AccessKeyId"], made["SecretAccessKey"])
