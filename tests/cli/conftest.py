"""A client with answers set by the test, for what no recording holds: errors, losses, bugs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from tracefetch.cli.application import run
from tracefetch.errors import NotFoundError, TracefetchError
from tracefetch.models import Conversation, Turn, doubt, loss, note


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str


Answers = dict[Any, Any]
Run = Callable[..., Ran]

WHOLE = Conversation(
    id="whole",
    turns=(
        Turn(number="1", role="user", content="Hi"),
        Turn(number="1.1", role="system", content="Be brief."),
        Turn(number="2", role="assistant", content="Hello."),
    ),
    evidence=(note("window", "7 days were searched"),),
)
TORN = WHOLE.model_copy(
    update={
        "id": "torn",
        "evidence": (
            loss("attribute-cut", "\x1b[31mcut"),
            loss("attribute-cut", "cut again"),
            doubt("order", "guessed"),
            note("window", "7 days were searched"),
        ),
    }
)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the client answers, by id: a conversation, or an exception to raise."""
    found: Answers = {None: WHOLE, "whole": WHOLE, "torn": TORN}
    asked: list[tuple[Any, ...]] = []
    found["asked"] = asked

    class FakeClient:
        def __init__(self, url: str | None = None, *, settings: Any = None, **options: Any) -> None:
            self.settings = settings

        def __enter__(self) -> FakeClient:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def get(self, ident: str | None = None, **which: Any) -> Conversation:
            asked.append((ident, which))
            answer = found.get(ident, NotFoundError(f"There is no {ident} in the window."))
            if isinstance(answer, BaseException):
                raise answer
            return answer  # type: ignore[no-any-return]

        def get_many(self, idents: Sequence[str]) -> Iterator[Conversation | TracefetchError]:
            for ident in idents:
                try:
                    yield self.get(ident)
                except TracefetchError as error:
                    yield error

        def services(self) -> list[str]:
            return ["agent", "evil\x1b[2J"]

    module = ModuleType("tracefetch.client")
    module.Client = FakeClient  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tracefetch.client", module)
    return found


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command line in this process."""

    def call(*arguments: object) -> Ran:
        capsysbinary.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return Ran(int(code), out.decode(), err.decode())

    return call


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.chdir(tmp_path_factory.mktemp("folder"))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
