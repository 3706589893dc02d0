"""Tables of a live account, asked of DynamoDB through boto3. Nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chaim_conformance.errors import UsageError
from chaim_conformance.table_sources.described import TTL, read_description
from chaim_conformance.table_sources.document import Malformed, NotKnown
from chaim_conformance.table_sources.reading import Reading, joined

NEEDED = "dynamodb:ListTables, dynamodb:DescribeTable and dynamodb:DescribeTimeToLive"


def read_live(*, region: str | None = None, names: Sequence[str] = ()) -> Reading:
    """The tables of these names, or all of the account in that region, as they are described.

    Region and credentials are found as boto3 finds them. Raises :class:`UsageError`.
    """
    with _explained():
        import boto3
        from botocore.config import Config

        session = boto3.Session(region_name=region)
        client = session.client("dynamodb", config=Config(retries={"total_max_attempts": 3}))
        wanted = list(dict.fromkeys(names)) or list(_names(client))
        if not wanted:
            raise UsageError(f"live: there is no table in {session.region_name}; --region R?")
        return joined(_described(client, name) for name in wanted)


def _names(client: Any) -> Iterator[str]:
    for page in client.get_paginator("list_tables").paginate():
        yield from page["TableNames"]


def _described(client: Any, name: str) -> Reading:
    answer: dict[str, Any] = {"Table": client.describe_table(TableName=name)["Table"]}
    answer[TTL] = client.describe_time_to_live(TableName=name)[TTL]
    try:
        return read_description(answer).of_file("the live account")
    except (Malformed, NotKnown) as error:
        raise UsageError(
            f"live: what DynamoDB says of {name} is not understood: {error}"
        ) from error


@contextmanager
def _explained() -> Iterator[None]:
    """What boto3 says about an account that cannot be asked, with what to do."""
    from botocore import exceptions as said

    try:
        yield
    except said.NoRegionError as error:
        raise UsageError("live: no region is set; --region R, or AWS_REGION") from error
    except (said.NoCredentialsError, said.PartialCredentialsError) as error:
        raise UsageError(
            f"live: {error}; sign in as for the AWS command line (AWS_PROFILE, `aws sso login`)"
        ) from error
    except said.ClientError as error:
        told = error.response.get("Error", {})
        code, message = told.get("Code", ""), told.get("Message", "")
        if code == "ResourceNotFoundException":
            raise UsageError(f"live: {message}; is it of another region? --region R") from error
        hint = f"; it takes {NEEDED}" if "AccessDenied" in code else ""
        raise UsageError(f"live: {code}: {message}{hint}") from error
    except said.BotoCoreError as error:  # no such profile, no network, an odd region
        raise UsageError(f"live: {error}") from error
