"""What the API and the jobs alike may do, beside their tables."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

PARAMETERS = "cody-batch"


def read_parameters(role: iam.IRole) -> None:
    """Lets a role read this system's parameters of Systems Manager, those below one path."""
    arn = cdk.Stack.of(role).format_arn(
        service="ssm", resource="parameter", resource_name=f"{PARAMETERS}/*"
    )
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            resources=[arn],
        )
    )
