"""The stack: a DSQL cluster, the function that moves money in it, and what both are to Chaim."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dsql as dsql
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from chaim_reference.cdk import ChaimCredentials, TableBindingConfig
from chaim_reference.cdk.dsql_binder import ChaimDsqlBinder
from constructs import Construct

HERE = Path(__file__).parent
FUNCTION_SOURCE = HERE / "transfer"
RUNTIME = lambda_.Runtime.PYTHON_3_12
TIMEOUT_SECONDS = 30


class TransferStack(cdk.Stack):
    """One cluster, one function, two entities."""

    def __init__(self, scope: Construct, id: str, **more: Any) -> None:
        super().__init__(scope, id, **more)
        # To be thrown away after the talk.
        cluster = dsql.CfnCluster(self, "DsqlCluster", deletion_protection_enabled=False)
        endpoint = f"{cluster.attr_identifier}.dsql.{self.region}.on.aws"
        function = lambda_.Function(
            self,
            "Function",
            runtime=RUNTIME,
            handler="transfer.handler.handler",
            code=lambda_.Code.from_asset(str(FUNCTION_SOURCE), bundling=_bundling()),
            function_name="reinvent-dat401",
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            memory_size=512,
            environment={"CLUSTER_ENDPOINT": endpoint},
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["dsql:DbConnect"], resources=[cluster.attr_resource_arn])
        )
        cdk.CfnOutput(self, "ClusterEndpoint", value=endpoint)

        config = TableBindingConfig(
            "dat401-transfer", ChaimCredentials.from_secrets_manager("chaim/api-credentials")
        )
        for entity in ("Account", "Transaction"):
            schema = HERE / "schemas" / f"{entity.lower()}.bprint"
            ChaimDsqlBinder(self, entity, schema_path=str(schema), cluster=cluster, config=config)


@jsii.implements(cdk.ILocalBundling)
class WithPip:
    """Puts the function and what it needs together with pip, so that no Docker is needed."""

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Fills the folder that becomes the asset; CDK calls it."""
        shutil.copytree(
            FUNCTION_SOURCE,
            Path(output_dir, "transfer"),
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--target", output_dir),
                *("--requirement", str(FUNCTION_SOURCE / "requirements.txt")),
                # Lambda's own platform, whatever this machine is.
                *("--platform", "manylinux2014_x86_64", "--only-binary", ":all:"),
                *("--python-version", "3.12", "--implementation", "cp"),
            ],
            check=True,
            timeout=300,
        )
        return True


def _bundling() -> cdk.BundlingOptions:
    # The image is what CDK would use if the local way failed.
    return cdk.BundlingOptions(image=RUNTIME.bundling_image, local=WithPip())
