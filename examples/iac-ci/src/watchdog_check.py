"""Entry point ``watchdog_check.handler`` of the image: no order waits for ever."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Whether there is a result at ``bucket`` and ``key``; after ``deadline`` it writes one."""
    s3, place = boto3.client("s3"), {"Bucket": event["bucket"], "Key": event["key"]}
    try:
        s3.head_object(**place)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        if time.time() < event["deadline"]:
            return {"done": False}
        s3.put_object(**place, Body=json.dumps({"status": "timed_out", "log": ""}).encode())
    return {"done": True}
