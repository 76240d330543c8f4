"""A row from call to answer, with a client that has the conversations at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promptfoo.talks import CUT, START, WINDOW, said, talk
from tracefetch.config import Settings
from tracefetch.errors import AmbiguousError, NotAllowedError, NotFoundError
from tracefetch.models import Conversation, Part, TokenUsage, Turn
from tracefetch.promptfoo import call_api, provider

Ask = Callable[..., dict[str, Any]]


class AtHand:
    """Answers with one conversation or error, and remembers what it was asked."""

    def __init__(self, answer: Conversation | Exception) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.settings: Settings | None = None

    def get(self, ident: str | None = None, **how: Any) -> Conversation:
        self.asked.append({"ident": ident, **how})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def __call__(self, settings: Settings) -> AtHand:
        self.settings = settings
        return self


@pytest.fixture
def at_hand(monkeypatch: pytest.MonkeyPatch) -> AtHand:
    client = AtHand(talk(evidence=(WINDOW,), usage=TokenUsage(input=20, output=5, total=25), duration_seconds=1.25))
    monkeypatch.setattr(provider, "client_for", client)
    return client


def ask(prompt: str = "sess_123", config: dict[str, Any] | None = None, **row: Any) -> dict[str, Any]:
    """One row, as promptfoo's worker hands it over and takes its answer: through UTF-8 JSON."""
    options = {"id": "p", "config": {"basePath": "/evals", "url": "http://localhost:16686", **(config or {})}}
    context = {"vars": {**row, "__evalId": "e"}, "prompt": {"raw": prompt}}
    answer = call_api(prompt, options, context)
    written = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert ("output" in answer) != ("error" in answer)
    return dict(json.loads(written))


def test_full_answers_with_the_dialogue_and_where_it_comes_from(at_hand: AtHand) -> None:
    """Metadata, tokens and latency are the recorded ones."""
    answer = ask()
    assert answer == {
        "output": "[Turn 1] user: I need a password reset.\n---\n[Turn 2] assistant: Check your mail.",
        "metadata": {
            "conversationId": "sess_123",
            "traceIds": ["a" * 32],
            "totalTurns": 2,
            "originalTimestamp": "2026-01-31T09:00:00Z",
            "evidence": [
                {
                    "kind": "window",
                    "severity": "note",
                    "message": "searched 7 days",
                    "trace_ids": [],
                    "span_ids": [],
                }
            ],
            "isComplete": True,
        },
        "tokenUsage": {"total": 25, "prompt": 20, "completion": 5, "numRequests": 2},
        "latencyMs": 1250,
        "sessionId": "sess_123",
    }
    assert at_hand.asked == [{"ident": "sess_123", "session": None, "trace": None, "whole_session": False}]


def test_turn_answers_with_one_turn_and_its_call(at_hand: AtHand) -> None:
    """From 0, and from the end; the numbers of its own call."""
    answer = ask(mode="turn", turnIndex=1)
    assert answer["output"] == "Check your mail."
    assert answer["tokenUsage"] == {"total": 25, "prompt": 20, "completion": 5, "numRequests": 1}
    assert answer["latencyMs"] == 1250
    about = answer["metadata"]
    assert (about["turnIndex"], about["role"], about["timestamp"], about["totalTurns"], about["model"]) == (
        1,
        "assistant",
        "2026-01-31T09:00:03Z",
        2,
        "m-1",
    )
    assert ask(mode="turn", turnIndex="-1")["metadata"]["turnIndex"] == 1
    first = ask(mode="turn")
    assert first["output"] == "I need a password reset."
    assert "tokenUsage" not in first


def test_the_index_is_the_same_in_every_view(at_hand: AtHand) -> None:
    """It counts the dialogue, also where all is shown."""
    assert ask(mode="turn", turnIndex=1, view="all")["output"] == "Check your mail."


@pytest.mark.parametrize("index", [2, -3, "99999"])
def test_a_turn_out_of_range_says_what_is_in_it(at_hand: AtHand, index: Any) -> None:
    """No output, so no assertion runs."""
    error = ask(mode="turn", turnIndex=index)["error"]
    assert f"turnIndex {index} is out of range" in error
    assert "'sess_123'" in error
    assert "0 to 1, or -2 to -1" in error


def test_no_turn_at_all_says_why(at_hand: AtHand) -> None:
    """Words that were not captured are the reason."""
    at_hand.answer = talk().model_copy(update={"turns": (), "evidence": (CUT,)})
    assert "no dialogue turns (an attribute was cut" in ask(mode="turn")["error"]
    full = ask()
    assert full["output"] == ""
    assert full["metadata"]["isComplete"] is False


def test_messages_are_json_in_the_view_asked_for(at_hand: AtHand) -> None:
    """A JSON list of chat messages, exact."""
    at_hand.answer = said("a\x1b[0m\u2028\ufeff", "b")
    assert json.loads(ask(format="messages")["output"]) == [
        {"role": "user", "content": "a\x1b[0m\u2028\ufeff"},
        {"role": "assistant", "content": "b"},
    ]
    at_hand.answer = talk()
    roles = [message["role"] for message in json.loads(ask(format="messages", view="all")["output"])]
    assert roles == ["system", "user", "assistant", "tool", "assistant"]
    assert json.loads(ask(format="messages", mode="turn")["output"])[0]["content"] == "I need a password reset."


def test_config_sets_what_vars_leave_open(at_hand: AtHand) -> None:
    """In camel case; a var wins."""
    config = {"mode": "turn", "turnIndex": -1, "wholeSession": True, "workers": 2, "timeout": 10000}
    assert ask(config=config)["output"] == "Check your mail."
    assert ask(config=config, turnIndex=0)["output"] == "I need a password reset."
    assert at_hand.asked[0]["whole_session"] is True


def test_ids_in_vars_decide(at_hand: AtHand) -> None:
    """Whatever the prompt reads."""
    ask("hello", sessionId=42, traceId="abc")
    assert at_hand.asked == [{"ident": None, "session": "42", "trace": "abc", "whole_session": False}]


def test_url_and_credentials_are_no_vars(at_hand: AtHand) -> None:
    """A row of a test file must not send a token elsewhere."""
    ask(url="http://evil.example:1", token="x", headers={"a": "b"})
    assert at_hand.settings is not None
    assert at_hand.settings.url == "http://localhost:16686"
    assert at_hand.settings.token is None


def test_strict_makes_doubts_an_error(at_hand: AtHand) -> None:
    """A whole conversation passes."""
    assert "output" in ask(config={"strict": True})
    at_hand.answer = talk(evidence=(CUT, CUT, WINDOW))
    assert "output" in ask()
    error = ask(config={"strict": True})["error"]
    assert "- loss: attribute-cut (2): an attribute was cut" in error
    assert "searched" not in error


def test_errors_speak_of_the_config_not_of_flags(at_hand: AtHand) -> None:
    """And remind where the id came from."""
    at_hand.answer = NotFoundError("no 'sess_9' from A to B; widen it with --since 30d, or give --session-attribute x.")
    error = ask("sess_9")["error"]
    assert "since: 30d" in error
    assert "sessionAttributes: x" in error
    assert "prompt's text" in error
    assert "quote it" in ask(sessionId=9)["error"]


def test_choices_are_listed(at_hand: AtHand) -> None:
    """Two conversations of one id."""
    at_hand.answer = AmbiguousError("two conversations", choices=("shop: 3 turns", "bank: 2 turns"))
    assert ask()["error"].splitlines() == ["two conversations", "- shop: 3 turns", "- bank: 2 turns"]


def test_withheld_credentials_explain_a_refusal(
    at_hand: AtHand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """TRACEFETCH_TOKEN belongs to TRACEFETCH_URL; its text is nowhere."""
    monkeypatch.setenv("TRACEFETCH_TOKEN", "s3cret")
    monkeypatch.setenv("TRACEFETCH_URL", "https://other.example")
    at_hand.answer = NotAllowedError("401")
    error = ask()["error"]
    assert "token" in error
    assert "other.example" in error
    assert "s3cret" not in error
    assert at_hand.settings is not None
    assert at_hand.settings.token is None


def test_errors_are_not_taken_for_a_rate_limit(at_hand: AtHand) -> None:
    """promptfoo would repeat the row for `sess_4291`, with pauses."""
    at_hand.answer = NotFoundError("no 'sess_4291'")
    assert ask()["metadata"] == {"rateLimitKind": "quota"}
    at_hand.answer = NotFoundError("no 'sess_1'")
    assert "metadata" not in ask()


def test_a_defect_is_an_error_without_the_exceptions_text(at_hand: AtHand) -> None:
    """It may quote a secret."""
    at_hand.answer = ValueError("token=s3cret")
    error = ask()["error"]
    assert "ValueError at provider.py:" in error
    assert "test_provider.py:" in error
    assert "s3cret" not in error


def test_what_json_can_not_carry_is_made_to_fit(at_hand: AtHand) -> None:
    """NaN, great numbers and bytes in recorded parts."""
    part = Part(type="image", data={"a": float("nan"), "b": 2**60, "c": b"\xff"})
    at_hand.answer = talk(Turn(number="1", role="user", content="x", parts=(part,)))
    data = ask(mode="turn")["metadata"]["parts"][0]["data"]
    assert data == {"a": "nan", "b": str(2**60), "c": "b'\\xff'"}


def test_hostile_text_is_only_text(at_hand: AtHand) -> None:
    """Templates and file references pass as they are; a control character is shown."""
    at_hand.answer = said("{{ env.HOME }} {% raw %} file:///etc/passwd \x1b[31m", "ok")
    assert ask(mode="turn")["output"] == "{{ env.HOME }} {% raw %} file:///etc/passwd \\x1b[31m"


@pytest.mark.parametrize(
    ("options", "context"), [(None, None), ({}, {}), ({"config": None}, {"vars": None}), ({"config": []}, [])]
)
def test_any_shape_of_call_is_answered(options: Any, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an error that asks for a url, here."""
    monkeypatch.delenv("TRACEFETCH_URL", raising=False)
    assert "url" in call_api("sess", options, context)["error"]


def test_usage_is_summed_where_the_total_is_missing(at_hand: AtHand) -> None:
    """Unknown numbers are left out."""
    at_hand.answer = talk(usage=TokenUsage(input=3))
    assert ask()["tokenUsage"] == {"total": 3, "prompt": 3, "numRequests": 2}
    at_hand.answer = talk()
    assert "tokenUsage" not in ask()
    assert "latencyMs" not in ask()


@pytest.mark.parametrize("broken", ["pydantic", "httpx", "tracefetch.client", "tracefetch.config"])
def test_importing_never_fails(broken: str, tmp_path: Path) -> None:
    """By path, out of sys.modules, with a library missing: the row says what to install."""
    shim = tmp_path / "tracefetch_provider.py"
    shim.write_text("from tracefetch.promptfoo import call_api\n")
    code = f"""
import importlib.util, json, sys
sys.modules[{broken!r}] = None
spec = importlib.util.spec_from_file_location("tracefetch_provider", {str(shim)!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(json.dumps(module.call_api("s", {{"config": {{"url": "http://127.0.0.1:1"}}}}, {{}})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    error = json.loads(done.stdout)["error"]
    assert "can't be loaded" in error
    assert sys.executable in error
    assert "PROMPTFOO_PYTHON" in error


def test_importing_loads_nothing_heavy() -> None:
    """promptfoo waits for the import; the libraries come with the first call."""
    code = "import sys, tracefetch.promptfoo; print([n for n in ('pydantic', 'httpx') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_start_is_in_utc(at_hand: AtHand) -> None:
    """However it was recorded."""
    at_hand.answer = talk(start=START.astimezone())
    assert ask()["metadata"]["originalTimestamp"] == "2026-01-31T09:00:00Z"
