"""The API: one Lambda function behind a REST API that has a method for each route."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cody_batch.batch import Batch
from cody_batch.permissions import read_parameters

CODE = Path(__file__).parents[1] / "assets" / "api"
_REPOSITORY = "/jobs/{jobId}/repositories/{repositoryName}"
ROUTES = (
    ("GET", "/health"),
    ("GET", "/repositories"),
    ("GET", "/jobs"),
    ("POST", "/jobs"),
    ("GET", "/jobs/{jobId}"),
    ("POST", "/jobs/{jobId}/cancel"),
    ("GET", _REPOSITORY),
    ("GET", f"{_REPOSITORY}/diff"),
    ("GET", f"{_REPOSITORY}/claude-thread"),
)


class Api(Construct):
    """Browsers may call it from ``origin`` alone; ``environment`` is the function's."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Mapping[str, str],
        batch: Batch,
        origin: str,
    ) -> None:
        super().__init__(scope, id)
        self.function = lambda_.Function(
            self,
            "ApiLambda",
            runtime=lambda_.Runtime.NODEJS_24_X,
            handler="dist/packages/api/main.handler",
            code=lambda_.Code.from_asset(str(CODE)),
            timeout=cdk.Duration.seconds(30),
            memory_size=1024,
            # AWS_REGION is there without a word: Lambda sets it, and lets nobody else.
            environment={
                **environment,
                "AWS_BATCH_JOB_QUEUE": batch.queue.job_queue_arn,
                "AWS_BATCH_JOB_DEFINITION": batch.job.job_definition_arn,
                # API Gateway answers preflights; what follows one, the function answers itself.
                "CORS_ORIGIN": origin,
            },
        )
        _allow(self.function, batch)
        self.rest_api = apigateway.RestApi(
            self,
            "CodyBatchApi",
            rest_api_name="Cody Batch API",
            description="API for Cody Batch",
            cloud_watch_role=False,  # it would be the account's, whatever else is in there
            default_cors_preflight_options=apigateway.CorsOptions(
                allow_origins=[origin],
                allow_methods=apigateway.Cors.ALL_METHODS,
                allow_headers=apigateway.Cors.DEFAULT_HEADERS,
            ),
        )
        integration = apigateway.LambdaIntegration(self.function)
        for method, path in ROUTES:
            self.rest_api.root.resource_for_path(path).add_method(
                method, integration, authorization_type=apigateway.AuthorizationType.NONE
            )


def _allow(function: lambda_.Function, batch: Batch) -> None:
    batch.job.grant_submit_job(function, batch.queue)
    function.add_to_role_policy(
        # Which job that is, is not known here; and DescribeJobs knows no resources.
        iam.PolicyStatement(actions=["batch:CancelJob", "batch:DescribeJobs"], resources=["*"])
    )
    assert function.role is not None
    read_parameters(function.role)
