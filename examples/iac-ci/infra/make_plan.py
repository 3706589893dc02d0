"""Writes ``plan.json``, the plan of this folder's configuration, where there is no terraform.

    python3 infra/make_plan.py > plan.json

With terraform at hand ``terraform plan -out=p && terraform show -json p`` prints such a document,
with some more attributes that AWS fills in. ``tests/test_infra.py`` has plan and HCL say the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "provider"))

from plan_form import COMPUTED, Json, Ref, Resource, Surroundings, document

ACCOUNT = "123456789012"
IDENTITY = "data.aws_caller_identity.current"
VARIABLES = {"aws_region": "eu-central-1", "chaim_secret": "iac-ci/chaim", "image_tag": "1.4.0"}
REGION = VARIABLES["aws_region"]
PUBLISHERS = (
    "order_events__OrderEvent",
    "orchestrator_locks__OrchestratorLock",
    "orders__Order",
)


def ref(attribute: str, value: Any = COMPUTED) -> Ref:
    """To an attribute of a resource; Terraform lists the resource, too."""
    return Ref((attribute, attribute.rpartition(".")[0]), value)


def default(value: Any) -> Ref:
    """What the provider fills in where the configuration says nothing."""
    return Ref((), value)


def var(name: str) -> Ref:
    """To a variable, whose value a plan knows."""
    return Ref((f"var.{name}",), VARIABLES[name])


IMAGE = Ref(
    ("aws_ecr_repository.image.repository_url", "aws_ecr_repository.image", "var.image_tag")
)
OF_ACCOUNT = (f"{IDENTITY}.account_id", IDENTITY)


def table(
    name: str, keys: dict[str, str], range_key: str | None = None, *indexes: Json
) -> Resource:
    """On demand, with items that end at ``expires_at``; the first key is the partition's."""
    values: Json = {
        "arn": COMPUTED,
        "attribute": [{"name": key, "type": keys[key]} for key in sorted(keys)],
        "billing_mode": "PAY_PER_REQUEST",
        "deletion_protection_enabled": None,
        "global_secondary_index": list(indexes),
        "hash_key": next(iter(keys)),
        "id": COMPUTED,
        "import_table": [],
        "local_secondary_index": [],
        "name": name,
        "on_demand_throughput": [],
        "point_in_time_recovery": COMPUTED,
        "range_key": range_key,
        "read_capacity": COMPUTED,
        "region": default(REGION),
        "replica": [],
        "restore_date_time": None,
        "restore_source_name": None,
        "restore_source_table_arn": None,
        "restore_to_latest_time": None,
        "server_side_encryption": COMPUTED,
        "stream_arn": COMPUTED,
        "stream_enabled": None,
        "stream_label": COMPUTED,
        "stream_view_type": COMPUTED,
        "table_class": None,
        "tags": None,
        "tags_all": COMPUTED,
        "timeouts": None,
        "ttl": [{"attribute_name": "expires_at", "enabled": True}],
        "write_capacity": COMPUTED,
    }
    return Resource("aws_dynamodb_table", name, values, schema_version=1)


def index(name: str, hash_key: str, range_key: str) -> Json:
    """With all attributes."""
    return {
        "hash_key": hash_key,
        "name": name,
        "non_key_attributes": [],
        "on_demand_throughput": [],
        "projection_type": "ALL",
        "range_key": range_key,
        "read_capacity": COMPUTED,
        "write_capacity": COMPUTED,
    }


def bucket(name: str) -> Resource:
    """Named after the account."""
    values = {
        "arn": COMPUTED,
        "bucket": Ref(OF_ACCOUNT, f"iac-ci-{name}-{ACCOUNT}"),
        "bucket_domain_name": COMPUTED,
        "force_destroy": default(False),
        "id": COMPUTED,
        "tags": None,
    }
    return Resource("aws_s3_bucket", name, values)


def lifecycle(name: str) -> Resource:
    """Everything in the bucket of this name ends after a day."""
    rule = {
        "expiration": [{"days": 1, "expired_object_delete_marker": COMPUTED}],
        "filter": [{"prefix": ""}],
        "id": "a-day",
        "status": "Enabled",
    }
    values = {"bucket": ref(f"aws_s3_bucket.{name}.id"), "id": COMPUTED, "rule": [rule]}
    return Resource("aws_s3_bucket_lifecycle_configuration", name, values, schema_version=1)


def permission(name: str, function: str, principal: str, **source: Any) -> Resource:
    """To invoke a function."""
    values = {
        "action": "lambda:InvokeFunction",
        "function_name": ref(
            f"aws_lambda_function.{function}.function_name", f"iac-ci-{function.replace('_', '-')}"
        ),
        "id": COMPUTED,
        "principal": principal,
        "statement_id": COMPUTED,
        **source,
    }
    return Resource("aws_lambda_permission", name, values)


def role(name: str, *services: str) -> Resource:
    """What these services may take on."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": [f"{one}.amazonaws.com" for one in services]},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    values = {
        "arn": COMPUTED,
        "assume_role_policy": json.dumps(policy, separators=(",", ":")),
        "id": COMPUTED,
        "name": f"iac-ci-{name}",
        "path": default("/"),
        "tags": None,
    }
    return Resource("aws_iam_role", name, values)


def function(
    name: str, role: str, timeout: int, environment: Json | None = None, key: str | None = None
) -> Resource:
    """An entry point of the image; that of a binding has a working directory, too."""
    config: Json = {"command": [f"{name}.handler"], "entry_point": None, "working_directory": None}
    function_name: Any = f"iac-ci-{name.replace('_', '-')}"
    if key is not None:
        config["working_directory"] = Ref(("each.key",), f"/var/task/bindings/{key}")
        function_name = Ref(("each.key",), f"iac-ci-chaim-{key}")
    values = {
        "architectures": COMPUTED,
        "arn": COMPUTED,
        "environment": [{"variables": environment}] if environment else [],
        "function_name": function_name,
        "handler": None,
        "id": COMPUTED,
        "image_config": [config],
        "image_uri": IMAGE,
        "invoke_arn": COMPUTED,
        "memory_size": default(128),
        "package_type": "Image",
        "publish": default(False),
        "role": ref(f"aws_iam_role.{role}.arn"),
        "runtime": None,
        "tags": None,
        "timeout": timeout,
        "version": COMPUTED,
    }
    return Resource("aws_lambda_function", name, values, index=key)


def table_name(name: str) -> Ref:
    """Known, as it is configured."""
    return ref(f"aws_dynamodb_table.{name}.name", name)


RESOURCES = [
    Resource(
        "aws_ecr_repository",
        "image",
        {
            "arn": COMPUTED,
            "id": COMPUTED,
            "image_tag_mutability": "IMMUTABLE",
            "name": "iac-ci",
            "repository_url": COMPUTED,
            "tags": None,
        },
    ),
    table("orders", {"order_id": "S"}),
    table(
        "order_events",
        {"trace_id": "S", "event_key": "S", "order_name": "S", "epoch": "N"},
        "event_key",
        index("order_name-epoch", "order_name", "epoch"),
    ),
    table("orchestrator_locks", {"lock_id": "S"}),
    *(bucket(name) for name in ("internal", "done", "state")),
    *(lifecycle(name) for name in ("internal", "done")),
    Resource(
        "aws_s3_bucket_notification",
        "callbacks",
        {
            "bucket": ref("aws_s3_bucket.internal.id"),
            "eventbridge": default(False),
            "id": COMPUTED,
            "lambda_function": [
                {
                    "events": ["s3:ObjectCreated:*"],
                    "filter_prefix": "tmp/callbacks/runs/",
                    "filter_suffix": None,
                    "id": COMPUTED,
                    "lambda_function_arn": ref("aws_lambda_function.orchestrator.arn"),
                }
            ],
            "queue": [],
            "topic": [],
        },
    ),
    permission(
        "callbacks",
        "orchestrator",
        "s3.amazonaws.com",
        source_account=Ref(OF_ACCOUNT, ACCOUNT),
        source_arn=ref("aws_s3_bucket.internal.arn"),
    ),
    role("control", "lambda", "states"),
    role("worker", "codebuild", "lambda"),
    function(
        "process_webhook",
        "control",
        60,
        {"ORDERS_TABLE": table_name("orders"), "ORDER_SECONDS": "86400"},
    ),
    function(
        "orchestrator",
        "control",
        300,
        {
            "EVENTS_TABLE": table_name("order_events"),
            "EVENT_SECONDS": "7776000",
            "LOCKS_TABLE": table_name("orchestrator_locks"),
            "ORDERS_TABLE": table_name("orders"),
        },
    ),
    function("watchdog_check", "control", 30),
    function("worker", "worker", 900),
    *(
        function(
            "chaim_publisher",
            "control",
            120,
            {"APP_ID": "iac-ci", "FAILURE_MODE": "STRICT", "SECRET_NAME": var("chaim_secret")},
            key,
        )
        for key in PUBLISHERS
    ),
    Resource(
        "aws_apigatewayv2_api",
        "webhook",
        {
            "api_endpoint": COMPUTED,
            "arn": COMPUTED,
            "execution_arn": COMPUTED,
            "id": COMPUTED,
            "name": "iac-ci-webhook",
            "protocol_type": "HTTP",
            "route_key": "POST /webhook",
            "target": ref("aws_lambda_function.process_webhook.arn"),
        },
    ),
    permission(
        "webhook",
        "process_webhook",
        "apigateway.amazonaws.com",
        source_arn=ref("aws_apigatewayv2_api.webhook.execution_arn"),
    ),
    Resource(
        "aws_sfn_state_machine",
        "watchdog",
        {
            "arn": COMPUTED,
            "definition": ref("aws_lambda_function.watchdog_check.arn"),
            "id": COMPUTED,
            "name": "iac-ci-watchdog",
            "role_arn": ref("aws_iam_role.control.arn"),
            "type": default("STANDARD"),
        },
    ),
    Resource(
        "aws_codebuild_project",
        "worker",
        {
            "arn": COMPUTED,
            "artifacts": [{"type": "NO_ARTIFACTS"}],
            "environment": [
                {
                    "compute_type": "BUILD_GENERAL1_SMALL",
                    "image": IMAGE,
                    "image_pull_credentials_type": "SERVICE_ROLE",
                    "type": "LINUX_CONTAINER",
                }
            ],
            "id": COMPUTED,
            "name": "iac-ci-worker",
            "service_role": ref("aws_iam_role.worker.arn"),
            "source": [
                {
                    "buildspec": '{"version":"0.2","phases":{"build":{"commands":'
                    '["/entrypoint.sh"]}}}',
                    "type": "NO_SOURCE",
                }
            ],
        },
    ),
]


def main() -> None:
    """Prints the plan."""
    around = Surroundings(region=var("aws_region"), account=ACCOUNT, variables=VARIABLES)
    json.dump(document(RESOURCES, around), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
