"""Text from outside can't act on a terminal, and JSON keeps it exactly."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracefetch.formats import escape, escape_line, json_text

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\rb", r"a\rb"),
        ("csi \x9b2J nel \x85", r"csi \x9b2J nel \x85"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("line\u2028para\u2029", r"line\u2028para\u2029"),
        ("half \ud83d", r"half \ud83d"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("bom \ufeff", r"bom \ufeff"),
        ("\x00\x7f", r"\x00\x7f"),
    ],
)
def test_controls_become_visible(text: str, shown: str) -> None:
    """Each kind of control character is written out."""
    assert escape(text) == shown


def test_layout_stays() -> None:
    """Newlines, tabs and ordinary text of any script stay; a CRLF is a newline."""
    text = "Zeile\n\tתודה 👩‍👩‍👧 naïve 漢字"
    assert escape(text) == text
    assert escape("a\r\nb") == "a\nb"


def test_line_stays_one_line() -> None:
    """What must stay on one line has its newlines and tabs written out."""
    assert escape_line("a\nb\tc\r\nd") == r"a\nb\tc\r\nd"


@given(ANY_TEXT)
def test_nothing_unsafe_is_left(text: str) -> None:
    """After escaping there is no control, surrogate or direction override but newline and tab."""
    left = {c for c in escape(text) if unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in BIDI}
    assert left <= {"\n", "\t"}
    assert "\n" not in escape_line(text)


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.recursive(ANY_TEXT | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_json_is_exact_and_safe(value: object) -> None:
    """JSON reads back equal, can be encoded, and has no raw control but its own newlines."""
    text = json_text(value, indent=2)
    assert json.loads(text) == value
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text.encode().decode())
