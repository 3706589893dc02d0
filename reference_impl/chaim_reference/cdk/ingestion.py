"""What publishes one binding at deployment: a bundle, a Lambda function, a custom resource."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import custom_resources
from constructs import Construct

from chaim_reference.cdk.config import TableBindingConfig
from chaim_reference.cdk.paths import write

HANDLER = Path(__file__).parent.parent / "handler.py"
# The handler takes a minute at most, and at most four fifths of what it is given.
_TIMEOUT_SECONDS = 90
_MEMORY_MIB = 256  # the document is held twice, and may have ten


def write_bundle(directory: Path, snapshot: bytes) -> str:
    """Writes the snapshot and the handler beside it, and nothing else (B14); returns their hash."""
    # B23: the handler is one file, and needs nothing that Lambda has not.
    files = {"snapshot.json": snapshot, "index.py": HANDLER.read_bytes()}
    digest = hashlib.sha256()
    for name, content in files.items():
        write(directory / name, content)
        digest.update(hashlib.sha256(content).digest())
    for other in directory.iterdir():  # of an earlier version, say (B15)
        if other.name not in files and other.is_file():
            other.unlink()
    return digest.hexdigest()


class Ingestion(Construct):
    """One binding's function and custom resource (B17)."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bundle: Path,
        bundle_hash: str,
        fingerprint: str,
        config: TableBindingConfig,
        base_url: str,
    ) -> None:
        super().__init__(scope, id)
        environment: Mapping[str, str] = {
            "FAILURE_MODE": config.failure_mode.value,  # B12
            "CHAIM_API_BASE_URL": base_url,  # B18
            **config.credentials.environment,
        }
        function = lambda_.Function(
            self,
            "Handler",
            # Its own role comes with it, and may write logs.
            runtime=lambda_.Runtime.PYTHON_3_12,
            handler="index.handler",
            # The hash is of what was written just now: CDK remembers those of folders by path, and
            # this path is written at each synth, of several in one process too.
            code=lambda_.Code.from_asset(str(bundle), asset_hash=bundle_hash),
            environment=environment,
            timeout=cdk.Duration.seconds(_TIMEOUT_SECONDS),
            memory_size=_MEMORY_MIB,
        )
        if config.credentials.secret is not None:
            _secret(self, config.credentials.secret).grant_read(function)  # B17: that one only
        cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::ChaimBinding",
            service_token=custom_resources.Provider(
                self, "Provider", on_event_handler=function
            ).service_token,
            # B22: CloudFormation asks again when this changes. B29: and it holds nothing of it.
            properties={"Fingerprint": fingerprint},
        )


def _secret(scope: Construct, name_or_arn: str) -> secretsmanager.ISecret:
    """A reference to a secret that is there already (B13): nothing is looked up."""
    if not name_or_arn.startswith("arn:"):
        return secretsmanager.Secret.from_secret_name_v2(scope, "Secret", name_or_arn)
    head, _, suffix = name_or_arn.rpartition("-")
    if head and len(suffix) == 6 and suffix.isalnum():
        return secretsmanager.Secret.from_secret_complete_arn(scope, "Secret", name_or_arn)
    return secretsmanager.Secret.from_secret_partial_arn(scope, "Secret", name_or_arn)
