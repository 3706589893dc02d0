"""Where the AWS SDK for JavaScript is, for tests that need it; Lambda has it, this machine may not.

``NODE_SDK_FOLDER`` names a folder whose ``node_modules`` has it:
``npm install --prefix FOLDER @aws-sdk/client-secrets-manager``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PACKAGE = "@aws-sdk/client-secrets-manager"
NODE_MODULES = Path(os.environ.get("NODE_SDK_FOLDER", "no such folder")).absolute() / "node_modules"

needs_node_sdk = pytest.mark.skipif(
    not (NODE_MODULES / PACKAGE).is_dir(),
    reason=f"needs {PACKAGE}: set NODE_SDK_FOLDER to a folder where npm installed it",
)
