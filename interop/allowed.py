"""allowed.py ROLE ACTION RESOURCE…: what IAM says to the role's doing that, as JSON: a decision per resource."""

import json
import sys

import boto3

role, action, *resources = sys.argv[1:]
iam = boto3.client("iam")
arn = iam.get_role(RoleName=role)["Role"]["Arn"]
decisions = {}
for resource in resources:
    results = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource])
    [result] = results["EvaluationResults"]
    decisions[resource] = result["EvalDecision"]
print(json.dumps(decisions))
