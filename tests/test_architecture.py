"""Holds the layout: which room may import which, where libraries are imported, how long things may get."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tracefetch"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# Room -> the rooms it may import, beside `errors` and `models`.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "models": set(),
    "config": {"maps"},
    "maps": set(),
    "messages": {"maps"},
    "assembly": {"messages", "maps"},  # maps: only the set that it hands on to messages
    "http": {"config"},
    "backends": {"http"},
    "cache": set(),
    "client": {"http", "config", "maps", "messages", "assembly", "backends", "cache"},
    "formats": set(),
    "workflows": {"client"},
    "promptfoo": {"workflows", "client", "formats", "config"},
    "cli": {"workflows", "client", "formats", "config"},
}
ENTRANCES = {"__init__", "__main__"}  # the public names, and `python -m tracefetch`
# File -> rooms that it may import beside its room's.
EXCEPTIONS = {"cli/maps.py": {"maps"}}  # the command that shows the maps themselves

# Library -> the only room that imports it.
LIBRARIES = {"httpx": "http", "tenacity": "http", "cachetools": "cache", "click": "cli", "rich": "cli"}
# Distribution -> what it is imported as, where the names differ.
# Imported beside what it belongs to.
BELONGS_TO = {"pydantic_core": "pydantic"}
IMPORTED_AS = {"opentelemetry-proto": "opentelemetry", "protobuf": "google"}
# Room or file -> libraries that its functions may load when they run, since they are heavy or rarely used.
DEFERRED: dict[str, set[str]] = {
    "http/": {"httpx", "tenacity"},
    "__init__.py": {"importlib"},
    "cache.py": {"asyncio"},
    "formats/ink.py": {"wcwidth"},
    "cli/": {"click", "rich", "importlib", "os"},
}
# Where functions may load rooms: a command loads what it needs, and the provider's import must not fail.
LAZY = (
    "__init__.py",
    "http/__init__.py",
    "http/sync_driver.py",
    "http/async_driver.py",
    "cli/",
    "promptfoo/__init__.py",
    "client/__init__.py",
)


@dataclass(frozen=True)
class Import:
    """One import statement's module."""

    file: str
    line: int
    module: str
    deferred: bool
    for_types: bool

    @property
    def room(self) -> str:
        """The room that the file belongs to."""
        return self.file.split("/")[0].removesuffix(".py")

    @property
    def target(self) -> str | None:
        """The room that is imported; None for a library."""
        parts = self.module.split(".")
        if parts[0] != PACKAGE.name:
            return None
        return parts[1] if len(parts) > 1 else "__init__"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imports(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text())
    deferred = {id(node) for function in functions(tree) for node in ast.walk(function)}
    guarded = (node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    for_types = {id(node) for guard in guarded for node in ast.walk(guard)}
    for node in ast.walk(tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = _modules(node)
        for module in modules:
            file = path.relative_to(PACKAGE).as_posix()
            yield Import(file, node.lineno, module, id(node) in deferred, id(node) in for_types)


def _modules(node: ast.ImportFrom) -> list[str]:
    """`from tracefetch import maps` imports a room too."""
    module = node.module or ""
    if module == PACKAGE.name:
        return [f"{module}.{alias.name}" for alias in node.names]
    return [module]


def all_imports() -> list[Import]:
    return [each for path in files() for each in imports(path)]


def test_there_is_something_to_check() -> None:
    """The reading of imports finds the ones that are known to be there."""
    found = {(each.room, each.target) for each in all_imports()}
    assert ("messages", "maps") in found
    assert any(each.deferred for each in all_imports())


def test_every_room_is_in_the_table() -> None:
    """A new room says what it may import before it is used."""
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in files()}
    assert rooms - ENTRANCES <= set(ROOMS)


def test_rooms_import_what_the_table_allows() -> None:
    """Data goes one way: nobody imports a room further down, also not inside a function or for types."""
    wrong = [str(each) for each in all_imports() if each.room not in ENTRANCES and not _allowed(each)]
    assert wrong == []


def _allowed(each: Import) -> bool:
    own = {each.room, "errors", "models"} | ({"__version__"} if each.room in {"cli", "http"} else set())
    allowed = own | ROOMS[each.room] | EXCEPTIONS.get(each.file, set())
    return each.target is None or each.target in allowed


def test_backends_see_only_values_of_http() -> None:
    """A backend does no I/O over HTTP itself: it knows requests and responses only."""
    seen = {each.module for each in all_imports() if each.room == "backends" and each.target == "http"}
    assert seen <= {"tracefetch.http.values", "tracefetch.http.pages"}  # pages: what a web page tells, no I/O


def test_backends_do_not_import_each_other() -> None:
    """What two backends share stands beside them, not in one of them."""
    folders = {path.name for path in (PACKAGE / "backends").iterdir() if path.is_dir() and path.name != "__pycache__"}
    wrong = [
        str(each)
        for each in all_imports()
        if each.file.startswith("backends/") and len(parts := each.module.split(".")) > 2 and parts[1] == "backends"
        if parts[2] in folders and each.file.split("/")[1] in folders - {parts[2]}
    ]
    assert wrong == []


@pytest.mark.parametrize(("library", "room"), LIBRARIES.items())
def test_a_library_is_imported_in_one_room(library: str, room: str) -> None:
    """A library that we may want to replace, or must not load needlessly, has one place."""
    wrong = [str(each) for each in all_imports() if each.module.split(".")[0] == library and each.room != room]
    assert wrong == []


def test_imports_inside_functions_are_for_heavy_libraries() -> None:
    """No import in a function to dodge a circle: only what is heavy or rarely needed, and only where the list says."""
    wrong = [str(each) for each in all_imports() if each.deferred and not _may_wait(each)]
    assert wrong == []


def _may_wait(each: Import) -> bool:
    if each.target is not None:
        return each.file.startswith(LAZY)
    library = each.module.split(".")[0]
    return any(library in libraries for place, libraries in DEFERRED.items() if each.file.startswith(place))


def test_dependencies_are_those_imported() -> None:
    """Every library that is imported is declared, and every declared one is imported."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = {name for extra in project["optional-dependencies"].values() for name in _names(extra)}
    declared = _names(project["dependencies"])
    libraries = {each.module.split(".")[0] for each in all_imports() if each.target is None}
    used = {BELONGS_TO.get(library, library) for library in libraries}
    used -= sys.stdlib_module_names
    assert declared - used == set()
    assert used - declared - optional == set()


def _names(requirements: list[str]) -> set[str]:
    distributions = (re.match(r"[\w.-]+", line) for line in requirements)
    return {IMPORTED_AS.get(name[0], name[0].replace("-", "_")) for name in distributions if name}


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in files()])
def test_files_and_functions_stay_short(path: Path) -> None:
    """A file of more than 400 lines hides a room, a function of more than 60 hides a few."""
    text = path.read_text()
    assert text.count("\n") <= MAX_FILE_LINES
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(ast.parse(text))}
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


def test_no_test_folder_shadows_a_library() -> None:
    """The tests' folder is on the path: `tests/http/__init__.py` would hide Python's own `http`."""
    packages = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    assert packages & (sys.stdlib_module_names | set(LIBRARIES) | {PACKAGE.name}) == set()
