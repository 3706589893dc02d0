"""The variables that Lambda sets, and those of the machine's own that a process needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

REGION = "us-east-1"
FUNCTION = "chaim-publisher"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:123456789012:function:{FUNCTION}"

# Without these the interpreter may not be found, or not find its libraries.
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# Read once, when a process starts: another value needs another process.
AT_START = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "OPENSSL_CONF",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_THREADPOOL_SIZE",
)


# What AWS's SDKs ask for; the credentials are nobody's.
SDK_ENVIRONMENT: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "dummy-session-token",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}

# What concerns the function and no directory or port of this machine.
FUNCTION_ENVIRONMENT: Mapping[str, str] = {
    **SDK_ENVIRONMENT,
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "TZ": ":UTC",
}


def process_environment(tmp: Path) -> dict[str, str]:
    """What any program needs that runs on this machine, with a temporary directory of its own."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {"LANG": "en_US.UTF-8", "TMPDIR": str(tmp)}


def lambda_environment(*, api: str, tmp: Path, task_root: Path, handler: str) -> dict[str, str]:
    """What a function finds besides its own variables and those of its managed runtime."""
    return {
        **process_environment(tmp),
        **FUNCTION_ENVIRONMENT,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/15/[$LATEST]0123456789abcdef0123456789abcdef",
        "AWS_LAMBDA_RUNTIME_API": api,
        "LAMBDA_TASK_ROOT": str(task_root),
        "_HANDLER": handler,
    }


def at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the handler's variables that only a new process would see."""
    return {name: environment[name] for name in AT_START if name in environment}
