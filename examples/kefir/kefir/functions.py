"""Lambda functions, each with a role that may do what this one needs, and its log."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from kefir.auth import Auth
from kefir.data import Data
from kefir.stage import Stage

Grant = Literal["table", "bucket", "users"]
ASSUMED_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
# All that is done with items, and nothing that is done with tables.
OF_ITEMS = [
    f"dynamodb:{action}"
    for action in (
        *("GetItem", "BatchGetItem", "Query", "Scan", "ConditionCheckItem"),
        *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
    )
]
OF_USERS = [
    f"cognito-idp:{action}"
    for action in (
        *("AdminCreateUser", "AdminGetUser", "AdminUpdateUserAttributes"),
        *("AdminInitiateAuth", "AdminRespondToAuthChallenge"),
    )
]
# Until there is a backend: it answers, so that routes and permissions can be tried.
PLACEHOLDER = """export const handler = async () => ({
  statusCode: 200,
  body: JSON.stringify({ function: process.env.AWS_LAMBDA_FUNCTION_NAME }),
});
"""


@dataclass(frozen=True)
class Surroundings:
    """What all functions of a stage are made of."""

    stage: Stage
    auth: Auth
    data: Data

    def environment(self) -> dict[str, pulumi.Input[str]]:
        """What every function finds; ``AWS_REGION`` is Lambda's own to set, and refused here."""
        return {
            "TABLE_NAME": self.data.table.name,
            "BUCKET_NAME": self.data.bucket.bucket,
            "USER_POOL_ID": self.auth.pool.id,
            "USER_POOL_CLIENT_ID": self.auth.client.id,
            "STAGE": self.stage.name,
        }


def declare_function(of: Surroundings, name: str, grants: Sequence[Grant]) -> aws.lambda_.Function:
    """A function, its role, and the group that its log goes to."""
    called = of.stage.named(name)
    role = aws.iam.Role(name, name=called, assume_role_policy=json.dumps(ASSUMED_BY_LAMBDA))
    log = aws.cloudwatch.LogGroup(
        name, name=f"/aws/lambda/{called}", retention_in_days=of.stage.retention_days
    )
    statements = [_log(log.arn), *(_statement(of, grant) for grant in grants)]
    aws.iam.RolePolicy(
        name,
        name=called,
        role=role.id,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    return aws.lambda_.Function(
        name,
        name=called,
        role=role.arn,
        runtime="nodejs20.x",
        architectures=["arm64"],
        handler="index.handler",
        memory_size=512,
        timeout=30,
        code=pulumi.AssetArchive({"index.mjs": pulumi.StringAsset(PLACEHOLDER)}),
        environment=aws.lambda_.FunctionEnvironmentArgs(variables=of.environment()),
        # Else Lambda makes a group of its own, which is kept for ever.
        opts=pulumi.ResourceOptions(depends_on=[log]),
    )


def _log(arn: pulumi.Output[str]) -> Mapping[str, Any]:
    return _allow(["logs:CreateLogStream", "logs:PutLogEvents"], pulumi.Output.concat(arn, ":*"))


def _statement(of: Surroundings, grant: Grant) -> Mapping[str, Any]:
    match grant:
        case "table":
            arn = of.data.table.arn
            return _allow(OF_ITEMS, arn, pulumi.Output.concat(arn, "/index/*"))
        case "bucket":
            objects = pulumi.Output.concat(of.data.bucket.arn, "/*")
            return _allow(["s3:GetObject", "s3:PutObject"], objects)
        case "users":
            return _allow(OF_USERS, of.auth.pool.arn)


def _allow(actions: Sequence[str], *resources: pulumi.Input[str]) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
