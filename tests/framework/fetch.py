"""Puts the Provider framework's code into a directory: of the package that package.json pins.

    python tests/framework/fetch.py DIRECTORY

Of aws-cdk-lib, which is large, nothing but the framework's runtime is kept. What is there already
is not fetched again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "aws-cdk-lib"
RUNTIME = "package/custom-resources/lib/provider-framework/runtime/"
SECONDS = 300


def fetch(directory: Path) -> None:
    """Raises SystemExit where the package is not the one that was pinned."""
    pins = json.loads(Path(__file__).with_name("package.json").read_text(encoding="utf-8"))
    version, integrity = pins["dependencies"][PACKAGE], pins["integrity"]
    mark = directory / "integrity"
    if mark.is_file() and mark.read_text(encoding="utf-8") == integrity:
        return
    with tempfile.TemporaryDirectory(prefix="provider-framework-") as scratch:
        command = ["npm", "pack", f"{PACKAGE}@{version}", "--ignore-scripts", "--silent"]
        subprocess.run(command, cwd=scratch, stdout=subprocess.DEVNULL, check=True, timeout=SECONDS)
        (tarball,) = Path(scratch).iterdir()
        content = tarball.read_bytes()
        digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
        if integrity != f"sha512-{digest}":
            sys.exit(f"{PACKAGE} {version} is not what package.json pins: sha512-{digest}")
        directory.mkdir(parents=True, exist_ok=True)
        with tarfile.open(tarball) as archive:
            for member in archive:
                name = member.name.removeprefix(RUNTIME)
                if name != member.name and name.endswith(".js") and "/" not in name:
                    file = archive.extractfile(member)
                    assert file is not None
                    (directory / name).write_bytes(file.read())
    mark.write_text(integrity, encoding="utf-8")


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
