"""How the project's own tests are spread over pytest-xdist's workers."""

from __future__ import annotations

import re
from typing import Any

import pytest

# What these draw, or start, serves all tests of a file, or of a parameter; a worker each would do
# it anew.
TOGETHER = re.compile(
    r"(tests/(?:strategies/test_(?:apps|bprints|tables)|binder/test_cdk_python|framework/test_framework)"
    r"\.py)(?:.*(dialect-\d))?"
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One by one otherwise, unless ``--dist`` is given."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class OneByOne(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            together = TOGETHER.match(nodeid)
            return f"{together[1]} {together[2]}" if together else nodeid

    return OneByOne(config, log)
