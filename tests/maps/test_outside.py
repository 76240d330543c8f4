"""Maps and decoders from outside the package are read as the built-in ones are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import install
from tracefetch.errors import ConfigError
from tracefetch.maps import MapSet, load
from tracefetch.messages import Reading, read
from tracefetch.messages.decoders import decoder
from tracefetch.models import Event, Span

DECODERS = '''
from tracefetch.messages import Message

def lines(value, role, span):
    """Q: and A: lines, which is no JSON."""
    roles = {"Q": "user", "A": "assistant"}
    return [Message(roles[line[0]], line[3:]) for line in value.splitlines()]

def broken(value, role, span):
    raise KeyError("nothing of mine")
'''
PROJECT = """
[project]
name = "throwaway-decoders"
version = "1.0"
[project.entry-points."tracefetch.decoders"]
throwaway-lines = "throwaway_decoders:lines"
throwaway-broken = "throwaway_decoders:broken"
"""
MAP = 'name = "mine"\nrecognise = ["my.log"]\ntranscript = [{ attribute = "my.log", decoder = "throwaway-lines" }]\n'


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is an installed distribution with two decoders."""
    (tmp_path / "throwaway_decoders.py").write_text(DECODERS, "utf-8")
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    install(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def span(**attributes: object) -> Span:
    return Span(
        "a" * 32, "01", "log", None, 1_000, 2_000, {name.replace("__", "."): v for name, v in attributes.items()}
    )


def given(folder: Path, text: str, name: str = "mine.toml") -> MapSet:
    path = folder / name
    path.write_text(text, "utf-8")
    return load(attribute_maps=[path])


def words(reading: Reading) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in (*reading.system, *reading.input, *reading.output)]


def test_a_decoder_of_another_package(outside: Path) -> None:
    """Found by its entry point; its value comes as it stands where it is no JSON."""
    reading = read(span(my__log="Q: Is it warm?\nA: Yes."), given(outside, MAP))
    assert words(reading) == [("user", "Is it warm?"), ("assistant", "Yes.")]
    assert reading.sources == {"transcript": "mine: my.log"}


def test_a_decoder_that_fails_is_told(outside: Path) -> None:
    """Its exception is a problem of that span, with the decoder's name, and no traceback."""
    reading = read(span(my__log="Q: Hi"), given(outside, MAP.replace("throwaway-lines", "throwaway-broken")))
    (problem,) = reading.problems
    assert (problem.kind, problem.attribute) == ("unreadable", "my.log")
    assert problem.detail == "the decoder throwaway-broken failed: KeyError('nothing of mine')"


def test_an_unknown_decoder_is_an_error(tmp_path: Path) -> None:
    """The map names what is not installed: the user's mistake, said by name."""
    with pytest.raises(ConfigError, match="'throwaway-lines'"):
        read(span(my__log="Q: Hi"), given(tmp_path, MAP))


@pytest.fixture(autouse=True)
def _forget_decoders() -> None:
    decoder.cache_clear()


def test_own_maps_are_tried_first(tmp_path: Path) -> None:
    """Where a built-in map reads the same span, the user's has the word; what it leaves out the other gives."""
    maps = given(tmp_path, 'name = "mine"\nrecognise = ["my.words"]\ninput = ["my.words"]\nmodel = ["my.model"]\n')
    reading = read(
        span(my__words="Mine", llm__request__prompt="Theirs", llm__response__content="Yes.", llm__model="m1"), maps
    )
    assert words(reading) == [("user", "Mine"), ("assistant", "Yes.")]
    assert reading.model == "m1"


def test_several_maps_in_a_file(tmp_path: Path) -> None:
    """Each in a table of its own; `conventions` restricts to the named."""
    table = '[[map]]\nname = "{0}"\nrecognise = ["{1}"]\ninput = ["{1}"]\n'
    text = table.format("one", "a") + table.format("two", "b")
    path = tmp_path / "both.toml"
    path.write_text(text, "utf-8")
    assert [one.name for one in load(attribute_maps=[path]).maps[:2]] == ["one", "two"]
    assert [one.name for one in load(attribute_maps=[path], conventions=["two"]).maps] == ["two"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "is not TOML"),
        ('name = "No"', "not valid at name"),
        ('name = "x"\ninputs = ["a"]', "not valid at inputs"),
        ('name = "x"\n[[input]]\nattribute = "a"\nencoding = "yaml"', r"not valid at input\.0\.encoding"),
        ('name = "x"\n[kinds.a]\nb = "llm"', r"not valid at kinds\.a\.b"),
    ],
)
def test_a_map_that_is_wrong_says_where(text: str, told: str, tmp_path: Path) -> None:
    """File and place, and where the fields are explained."""
    with pytest.raises(ConfigError, match=told):
        given(tmp_path, text)


def test_words_that_are_json(tmp_path: Path) -> None:
    """A structured answer is words where the map says no more than a name."""
    maps = given(tmp_path, 'name = "mine"\nrecognise = ["q"]\ninput = ["q"]\noutput = ["a"]\n')
    reading = read(span(q='{"city": "Rome"}', a='{"warm": true}'), maps)
    assert words(reading) == [("user", '{"city": "Rome"}'), ("assistant", '{"warm": true}')]


def test_forms_of_names(tmp_path: Path) -> None:
    """A key of a JSON object, a field of an event, the span's own name; a Python dict too."""
    text = (
        'name = "mine"\nrecognise = ["my.args"]\nuser = ["meta#user_id"]\nmodel = ["raw#model"]\n'
        '[tool]\nname = ["name#span"]\narguments = ["my.args"]\nresult = ["event:done#value"]\n'
    )
    one = span(my__args='{"a": 1}', meta='{"user_id": "u1"}', raw="{'model': 'm1'}")
    one.events = [Event("done", 1, {"value": "18"})]
    reading = read(one, given(tmp_path, text))
    assert (reading.user, reading.model, reading.kind) == ("u1", "m1", "tool")
    assert reading.tool is not None
    call, result = reading.tool
    assert (call.name, call.arguments, result.content if result else None) == ("log", {"a": 1}, "18")
    assert reading.sources["tool result"] == "mine: event:done#value"


def test_a_spans_name_alone_makes_no_tool(tmp_path: Path) -> None:
    """Every span has a name: without arguments or a result it says nothing of a tool."""
    maps = given(
        tmp_path,
        'name = "mine"\nrecognise = ["q"]\ninput = ["q"]\n[tool]\nname = ["name#span"]\nresult = ["my.result"]\n',
    )
    assert read(span(q="Hi"), maps).kind == "call"
    assert read(span(q="Hi", my__result="18"), maps).kind == "tool"
