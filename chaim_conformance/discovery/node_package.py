"""What a Node package says of itself: ``package.json``, ``tsconfig.json``, lock files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

# Comments and trailing commas, which tsconfig.json may have; texts are matched first, and kept.
_JSONC = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)

# By the lock file: what puts the packages of a fresh clone there, and what runs a script.
_MANAGERS = {
    "package-lock.json": ("npm ci", "npm run"),
    "npm-shrinkwrap.json": ("npm ci", "npm run"),
    "pnpm-lock.yaml": ("corepack enable && pnpm install --frozen-lockfile", "pnpm run"),
    "yarn.lock": ("corepack enable && yarn install --frozen-lockfile", "yarn run"),
}
_NO_LOCK = ("npm install", "npm run")


def read_manifest(file: Path) -> dict[str, Any]:
    """The JSON object in a file, such as ``package.json``; empty: there is none to be read."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        uncommented = _JSONC.sub(lambda match: match[1] or "", text)
        # A comma before a comment before a bracket is seen only once the comment is gone.
        content: Any = json.loads(_JSONC.sub(lambda match: match[1] or "", uncommented))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def main_of(manifest: dict[str, Any]) -> str:
    """The file to which the package's own name leads, as far as that is plain; or empty."""
    exports = manifest.get("exports")
    if isinstance(exports, dict):
        exports = exports.get(".", exports)
    while isinstance(exports, dict):
        exports = next(
            (exports[k] for k in ("node", "require", "import", "default") if k in exports), ""
        )
    named = exports or manifest.get("main")
    return named.removeprefix("./") if isinstance(named, str) else ""


def script_of(manifest: dict[str, Any], name: str) -> str:
    """The script of this name; empty: there is none."""
    scripts = manifest.get("scripts")
    found = scripts.get(name) if isinstance(scripts, dict) else None
    return found if isinstance(found, str) else ""


def depends_on(manifest: dict[str, Any]) -> set[str]:
    """The names of all packages that it wants, for whatever."""
    kinds = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    return {name for kind in kinds if isinstance(some := manifest.get(kind), dict) for name in some}


def install_command(folder: Path) -> str:
    """What puts the packages of a fresh clone into ``node_modules``."""
    return _manager(folder)[0]


def run_script(folder: Path, script: str) -> str:
    """What runs a script of the package: for ``prepare``."""
    return f"{_manager(folder)[1]} {script}"


def _manager(folder: Path) -> tuple[str, str]:
    """That of the nearest lock file: in a workspace it lies above."""
    for above in (folder, *folder.parents):
        for lock, commands in _MANAGERS.items():
            if (above / lock).is_file():
                return commands
        if (above / ".git").exists():
            break
    return _NO_LOCK
