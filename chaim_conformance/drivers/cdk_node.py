"""Lays a Node package with a binder in it out as what an app has in ``node_modules``."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from chaim_conformance.drivers.bundle import LINKED, Copy, whole_folder
from chaim_conformance.drivers.locator import find_node
from chaim_conformance.errors import ProviderNotStartable

PROGRAM = Path(__file__).parent / "cdk_node_binder.mjs"
# In the app's directory, where an app has its own main module.
MAIN = "app.mjs"
CDK = ("aws-cdk-lib", "constructs")
_TOO_BIG = "which is no package; name the folder of the package itself in chaim.toml: cdk-node:DIR"
# By which the root of an app is found. The author may have an app beside the package's sources.
_ROOT_MARK = "cdk.json"
_SECONDS = 60
# Node's own opinion of what the package's name leads to: `exports` maps are not to be read twice.
_RESOLVE = """
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
const name = process.argv[1];
const tell = (answer) => console.log(JSON.stringify(answer));
function resolved() {
  try {
    return createRequire(`${process.cwd()}/app.js`).resolve(name);
  } catch (error) {
    if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    return fileURLToPath(import.meta.resolve(name)); // for ES modules only
  }
}
try {
  const file = resolved();
  tell(fs.existsSync(file) ? { file } : { missing: `no ${file}` });
} catch (error) {
  tell({ missing: error.message });
}
"""


def lay_cdk_node(package: Path, project: Path) -> tuple[str, ...]:
    """Puts a copy of ``package``, and what drives it, into the app's directory ``project``.

    The copy is ``project/node_modules/NAME``; aws-cdk-lib, constructs and whatever else the package
    sees are linked beside it, so that the program and the provider load one and the same. Returns
    the command that starts the program. Raises :class:`ProviderNotStartable`, or
    :class:`UsageError` for a folder that is too big, with what to do.
    """
    node, _ = find_node("a cdk-node: binder")
    package = package.resolve()
    manifest = _manifest_of(package)
    name = _name_in(manifest, package)
    seen = _seen_from(package)
    _add_cdk(seen, package)
    modules = project / LINKED
    _place(modules / name).mkdir(parents=True, exist_ok=True)
    Copy(whole_folder(package), modules / name, remedy=_TOO_BIG).make()
    (modules / name / LINKED).unlink(missing_ok=True)
    if not _publishes(manifest, _ROOT_MARK):
        (modules / name / _ROOT_MARK).unlink(missing_ok=True)
    for one, folder in seen.items():
        if one != name:
            _place(modules / one).mkdir(exist_ok=True)
            (modules / one).symlink_to(folder, target_is_directory=True)
    _require_main(node, name, package, project)
    main = project / MAIN
    shutil.copyfile(PROGRAM, main)
    return node, str(main), name


def _place(module: Path) -> Path:
    """The folder that a module lies in: a scoped one has one of its own."""
    return module.parent


def _manifest_of(package: Path) -> dict[str, Any]:
    manifest = package / "package.json"
    try:
        content: Any = json.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProviderNotStartable(
            f"binder cdk-node:{package}: no package.json there; name the folder of the npm package "
            "that exports ChaimDynamoDBBinder"
        ) from None
    except (OSError, ValueError) as error:
        raise ProviderNotStartable(f"{manifest} cannot be read: {error}") from error
    return content if isinstance(content, dict) else {}


def _name_in(manifest: dict[str, Any], package: Path) -> str:
    name = manifest.get("name")
    if not isinstance(name, str) or not _is_name(name):
        raise ProviderNotStartable(
            f"{package / 'package.json'}: `name` is {json.dumps(name)}, expected the package's "
            "name, by which an app imports it"
        )
    return name


def _publishes(manifest: dict[str, Any], file: str) -> bool:
    """Whether npm takes a file at the package's top along: all of them, unless ``files`` says."""
    files = manifest.get("files")
    return not isinstance(files, list) or any(
        fnmatch(file, str(one).removeprefix("./").removeprefix("/")) for one in files
    )


def _is_name(name: str) -> bool:
    """Whether it is a path of one part, or two after ``@``, and no way out of ``node_modules``."""
    parts = name.split("/")
    return len(parts) == 1 + name.startswith("@") and all(
        part and not part.startswith(".") and "\\" not in part for part in parts
    )


def _seen_from(folder: Path) -> dict[str, Path]:
    """Every package that one in this folder can import, by name: the nearest, as Node takes it."""
    seen: dict[str, Path] = {}
    for above in (folder, *folder.parents):
        for name, path in _packages(above / LINKED):
            seen.setdefault(name, path)
    return seen


def _packages(modules: Path, scope: str = "") -> Iterator[tuple[str, Path]]:
    if not modules.is_dir():
        return
    for path in modules.iterdir():
        if path.name.startswith(".") or not path.is_dir():
            continue
        if path.name.startswith("@") and not scope:
            yield from _packages(path, f"{path.name}/")
        else:
            yield scope + path.name, path.resolve()


def _add_cdk(seen: dict[str, Path], package: Path) -> None:
    """Makes sure of CDK itself; strict package managers show constructs to aws-cdk-lib alone."""
    library, constructs = CDK
    if library in seen and constructs not in seen:
        beside = _seen_from(seen[library]).get(constructs)
        seen.update({} if beside is None else {constructs: beside})
    missing = [name for name in CDK if name not in seen]
    if missing:
        raise ProviderNotStartable(
            f"binder cdk-node:{package}: {' and '.join(missing)} not installed: in no node_modules "
            f"there or above; run `npm install` in {package} (a peer dependency has to be a "
            "devDependency too)"
        )


def _require_main(node: str, name: str, package: Path, project: Path) -> None:
    try:
        done = subprocess.run(
            [node, "--input-type=module", "-e", _RESOLVE, name],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        answer: dict[str, str] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ProviderNotStartable(f"{node} cannot be run: {error}") from error
    if "missing" in answer:
        copy = str(project.resolve() / LINKED / name)
        missing = answer["missing"].partition("\n")[0].replace(copy, str(package))
        raise ProviderNotStartable(
            f"binder cdk-node:{package}: what its package.json names as `main` or `exports` is not "
            f"there ({missing}); build it, and put the command that does so into chaim.toml as "
            "`prepare`"
        )
