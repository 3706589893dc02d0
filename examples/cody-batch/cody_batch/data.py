"""The two tables, and the schemas that they are bound to."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from cody_batch.binding import ChaimCredentials, ChaimDynamoDBBinder, TableBindingConfig

APP_ID = "cody-batch"
CHAIM_SECRET = "cody-batch/chaim-credentials"  # a JSON object in Secrets Manager: apiKey, apiSecret
SCHEMAS = Path(__file__).parents[1] / "schemas"


class Data(Construct):
    """Jobs, and the repositories that each of them works on. DynamoDB removes both by itself."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.jobs = _table(self, "JobsTable")
        self.jobs.add_global_secondary_index(
            index_name="status-createdAt-index",
            partition_key=_text("status"),
            sort_key=_text("createdAt"),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        self.repositories = _table(self, "RepositoriesTable", sort_key=_text("repositoryName"))
        self.repositories.add_global_secondary_index(
            index_name="status-index",
            partition_key=_text("status"),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        _bind(self, "Job", self.jobs)
        _bind(self, "Repository", self.repositories)

    def environment(self) -> dict[str, str]:
        """The variables by which the API and the jobs find the tables."""
        return {
            "DYNAMODB_JOBS_TABLE": self.jobs.table_name,
            "DYNAMODB_REPOSITORIES_TABLE": self.repositories.table_name,
        }

    def grant_read_write(self, to: iam.IGrantable) -> None:
        """Lets someone read and write both tables."""
        self.jobs.grant_read_write_data(to)
        self.repositories.grant_read_write_data(to)


def _table(scope: Construct, id: str, sort_key: dynamodb.Attribute | None = None) -> dynamodb.Table:
    return dynamodb.Table(
        scope,
        id,
        partition_key=_text("jobId"),
        sort_key=sort_key,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="expiresAt",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _bind(scope: Construct, entity: str, table: dynamodb.Table) -> None:
    """Tells Chaim what the table holds, at each deployment; a configuration for each table."""
    ChaimDynamoDBBinder(
        scope,
        f"{entity}Binding",
        schema_path=str(SCHEMAS / f"{entity}.bprint"),
        table=table,
        config=TableBindingConfig(APP_ID, ChaimCredentials.from_secrets_manager(CHAIM_SECRET)),
    )
