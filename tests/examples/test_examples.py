"""The provider repos under examples/ are conformant; with one fault each they are caught."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chaim_conformance.config import ProviderConfig
from tests.examples.copies import Edit, copy_of, install_packages
from tests.examples.judging import not_passed, verdict_of

BROKEN: dict[str, tuple[str, Edit]] = {
    # STRICT is swallowed.
    "node-provider": ("H51", ("      answer.Status = 'FAILED'\n", "")),
    # The eventId is random.
    "node-esm-provider": ("H03", ("= eventIdOf(event.RequestId)", "= crypto.randomUUID()")),
    # Another try within the attempt has the nonce of the one before.
    "typescript-provider": ("H23", ("nonce: randomUUID()", "nonce: fields['eventId']")),
    # A DELETE has the schema still.
    "node-cdk-provider": ("H42", ("schema: null, ", "")),
    # The hash is that of a re-serialized text.
    "python-provider": (
        "H10",
        (
            "hashlib.sha256(document.body)",
            "hashlib.sha256(json.dumps(json.loads(document.body)).encode())",
        ),
    ),
}


def prepared(name: str, directory: Path, config: pytest.Config, *edits: Edit) -> ProviderConfig:
    """A copy with its packages, as far as there is an npm to install them."""
    provider = copy_of(name, directory, *edits)
    if (provider.root / "package-lock.json").is_file():
        if shutil.which("npm"):
            install_packages(provider.root, config.cache.mkdir("npm"))  # type: ignore[union-attr]
        elif provider.prepare:
            pytest.skip("npm is not on PATH; on Debian: apt-get install npm")
    return provider


# By day tests/mutants judges handlers like these whole; here it is enough that each is judged.
@pytest.mark.night
@pytest.mark.parametrize("name", BROKEN)
def test_example_is_conformant(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    assert not_passed(prepared(name, tmp_path, pytestconfig)) == {}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_example_is_caught(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    clause, edit = BROKEN[name]
    for edits, status in (((), "pass"), ((edit,), "fail")):
        provider = prepared(name, tmp_path / status, pytestconfig, *edits)
        assert verdict_of(clause, provider).status == status
