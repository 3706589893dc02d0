"""The one stack: what it is given, its parts, what it tells."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from cody_batch.api import Api
from cody_batch.batch import Batch
from cody_batch.data import Data
from cody_batch.frontend import Frontend


class CodyBatchStack(cdk.Stack):
    """Cody Batch, whole."""

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment | None = None) -> None:
        super().__init__(scope, id, env=env)
        github_token = _secret(self, "GitHubToken", "GitHub service account token")
        claude_api_key = _secret(self, "ClaudeApiKey", "Claude API key")
        allowed = cdk.CfnParameter(
            self,
            "AllowedRepositories",
            type="String",
            description="Comma-separated list of allowed repository patterns",
            default="github.com/liamzdenek/*",
        )

        data = Data(self, "Data")
        environment = {
            **data.environment(),
            "GITHUB_TOKEN": github_token.value_as_string,
            "ALLOWED_REPOSITORIES": allowed.value_as_string,
        }
        batch = Batch(
            self,
            "Batch",
            environment={
                **environment,
                "CLAUDE_API_KEY": claude_api_key.value_as_string,
                "AWS_REGION": self.region,
            },
        )
        frontend = Frontend(self, "Frontend")
        api = Api(self, "Api", environment=environment, batch=batch, origin=frontend.url)
        frontend.deploy(api.rest_api.url)

        data.grant_read_write(api.function)
        data.grant_read_write(batch.role)
        frontend.bucket.grant_read_write(batch.role)

        for name, value, description in (
            ("ApiUrl", api.rest_api.url, "API Gateway URL"),
            ("FrontendUrl", frontend.url, "Frontend URL"),
            ("JobsTableName", data.jobs.table_name, "Jobs Table Name"),
            ("RepositoriesTableName", data.repositories.table_name, "Repositories Table Name"),
            ("JobQueueArn", batch.queue.job_queue_arn, "Job Queue ARN"),
            ("JobDefinitionArn", batch.job.job_definition_arn, "Job Definition ARN"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)


def _secret(stack: cdk.Stack, name: str, description: str) -> cdk.CfnParameter:
    return cdk.CfnParameter(stack, name, type="String", description=description, no_echo=True)
