"""Where a repo is hosted, by its files and the names of its remotes: GitHub, GitLab or neither."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Forge = Literal["github", "gitlab", "none"]
_PATIENCE = 30
_KIT = re.compile(r"chaim[-_]conformance")
# git@HOST:PATH, as ssh has it.
_SCP = re.compile(r"(?:[^@/]+@)?([^/:]+):")


def repository(directory: Path) -> Path:
    """The root of the repo that a folder is in; the folder itself where it is in none."""
    for above in (directory, *directory.parents):
        if (above / ".git").exists():
            return above
    return directory


def forge_of(root: Path) -> Forge:
    """Whose CI files the repo wants: those that it has, else those of its remotes' host."""
    if (root / ".gitlab-ci.yml").exists():
        return "gitlab"
    if (root / ".github").is_dir():
        return "github"
    hosts = {_host(url) for url in _remotes(root)}
    if any("github" in host for host in hosts):
        return "github"
    return "gitlab" if any("gitlab" in host for host in hosts) else "none"


def already_run_by(root: Path) -> Path | None:
    """The CI file of the repo that mentions the kit; ``None``: there is none."""
    workflows = root / ".github" / "workflows"
    files = (*workflows.glob("*.y*ml"), *(root / ".gitlab").glob("*.yml"), root / ".gitlab-ci.yml")
    for file in sorted(files):
        try:
            if _KIT.search(file.read_text(encoding="utf-8", errors="replace")):
                return file
        except OSError:
            continue
    return None


def _remotes(root: Path) -> list[str]:
    """The URLs of the remotes, as git knows them; without a git, none."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "config", "--get-regexp", r"^remote\..*\.url$"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return []
    return [line.partition(" ")[2] for line in done.stdout.splitlines()]


def _host(url: str) -> str:
    """The host alone: a URL may have a password in it."""
    try:
        found = urlsplit(url).hostname if "://" in url else None
    except ValueError:
        return ""
    match = _SCP.match(url)
    return (found or (match[1] if match and "://" not in url else "")).lower()
