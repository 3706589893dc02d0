"""How the kit reaches a binder: by a locator, which says what is put into an app's directory."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from chaim_conformance.config import BINDER_HELP
from chaim_conformance.drivers.binder import BinderDriver
from chaim_conformance.drivers.binder_driver import ProcessBinderDriver
from chaim_conformance.drivers.binder_sandbox import LayProvider
from chaim_conformance.drivers.bundle import Copy, link_node_modules, whole_folder
from chaim_conformance.drivers.command_line import find_command_line
from chaim_conformance.drivers.enclosure import Enclosure
from chaim_conformance.errors import ProviderNotStartable, UsageError

if TYPE_CHECKING:
    from chaim_conformance.config import ProviderConfig, Settings

_HERE = Path(__file__).parent
# The main module's own name is no module of a provider's.
_PYTHON_PROGRAM = {
    "cdk_python_binder.py": "chaim_conformance_app.py",
    "cdk_python_tables.py": "chaim_conformance_tables.py",
}
_TOO_LARGE = (
    "which is more than a private copy is made of; put the binder, and a chaim.toml that names it, "
    "into a folder of their own"
)


def open_binder(
    provider: ProviderConfig,
    settings: Settings,
    *,
    enclosure: Enclosure | None = None,
    environment: Mapping[str, str] | None = None,
) -> BinderDriver:
    """A driver for the configured binder, which its user has to close, and then the enclosure.

    ``environment`` is that of its first process, the one that says what it can: synths with the
    same one go on in it. Raises :class:`UsageError` or :class:`ProviderNotStartable`.
    """
    if provider.binder is None:
        raise UsageError("no binder is configured")
    named = f"binder {provider.binder!r}"
    driver = ProcessBinderDriver(
        _lay_provider(provider.binder, provider.root.resolve(), named),
        named=named,
        formats=provider.formats,
        environment=environment,
        enclosure=enclosure,
    )
    if settings.isolation == "process":
        driver.isolate(True)
    return driver


def _lay_provider(locator: str, root: Path, named: str) -> LayProvider:
    scheme, _, rest = locator.partition(":")
    rest = rest.strip()
    match scheme if rest else "":
        case "command":
            return _command(rest, root, named)
        case "cdk-python":
            return _cdk_python(rest, root, named)
        case "cdk-node":
            return _cdk_node(root / rest, named)
        case _:
            raise UsageError(f"{named}: not a locator; these exist: {BINDER_HELP}")


def _command(text: str, root: Path, named: str) -> LayProvider:
    command = find_command_line(text, root=root, bundle=None, named=named)

    def lay(project: Path) -> tuple[str, ...]:
        Copy(command.source, project, remedy=_TOO_LARGE).make()
        link_node_modules(root, project.parent)
        program, *arguments = command.within(project)
        # It does not always run in the project, and means a file there all the same.
        return (program, *(_in_project(word, project) for word in arguments))

    return lay


def _in_project(word: str, project: Path) -> str:
    return str(project / word) if word and (project / word).is_file() else word


def _cdk_python(module: str, root: Path, named: str) -> LayProvider:
    if find_spec("aws_cdk") is None:
        raise ProviderNotStartable(
            f"{named}: aws_cdk is not installed beside the kit; run: pip install aws-cdk-lib"
        )
    if not all(part.isidentifier() for part in module.split(".")):
        raise UsageError(f"{named}: {module!r} is no module; one is named as in an import: a.b.c")
    package = _find_package(module.partition(".")[0], root, named)

    def lay(project: Path) -> tuple[str, ...]:
        if package is not None and package.is_dir():
            Copy(whole_folder(package), project / package.name, remedy=_TOO_LARGE).make()
        elif package is not None:
            shutil.copy2(package, project / package.name)
        for source, name in _PYTHON_PROGRAM.items():
            shutil.copy2(_HERE / source, project / name)
        program = project / _PYTHON_PROGRAM["cdk_python_binder.py"]
        return (sys.executable, "-u", "-X", "utf8", str(program), module)

    return lay


def _find_package(top: str, root: Path, named: str) -> Path | None:
    """The author's package or module of this name; ``None``: it is installed instead."""
    for base in (root, root / "src"):
        for path in (base / top, base / f"{top}.py"):
            if path.is_file() or (path.is_dir() and any(path.rglob("*.py"))):
                return path
    if find_spec(top) is None:
        raise ProviderNotStartable(
            f"{named}: no such module below {root} or {root / 'src'}, and none is installed"
        )
    return None


def _cdk_node(package: Path, named: str) -> LayProvider:
    if not (package / "package.json").is_file():
        raise ProviderNotStartable(
            f"{named}: there is no {package / 'package.json'}; name the package's folder"
        )
    # Imported here: most runs have no binder in Node.
    from chaim_conformance.drivers.cdk_node import lay_cdk_node

    return lambda project: lay_cdk_node(package, project)
