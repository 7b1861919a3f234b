"""deploy.py STACK TEMPLATE [NAME=VALUE]…: uploads the files beside TEMPLATE to the bucket `artifacts`,
makes the stack, waits for it, and prints its outputs as JSON.

A stack that could not be made is exit code 1, with CloudFormation's reasons.
"""

import json
import pathlib
import sys

import boto3
from botocore.exceptions import WaiterError

stack, template, *parameters = sys.argv[1:]
template = pathlib.Path(template)
s3 = boto3.client("s3")
cloudformation = boto3.client("cloudformation")

s3.create_bucket(Bucket="artifacts")
for file in template.parent.iterdir():
    s3.upload_file(str(file), "artifacts", file.name)
pairs = [parameter.split("=", 1) for parameter in parameters]
cloudformation.create_stack(
    StackName=stack,
    TemplateBody=template.read_text(),
    Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in pairs],
    Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
)
try:
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 600})
except WaiterError:
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        print(event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""), file=sys.stderr)
    sys.exit(1)
made = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
print(json.dumps({output["OutputKey"]: output["OutputValue"] for output in made.get("Outputs", [])}))
