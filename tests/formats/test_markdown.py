"""The Markdown document: its headings are ours, and what was said reads as it was spoken."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tracefetch.formats import escape, render
from tracefetch.models import Conversation, ToolCall, Turn

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
MARKUP = st.text(st.sampled_from("#`~>-+*_=|[]()<!&1. \t\n\\ab:/"), max_size=80)
NASTY = [
    "# Not a heading", "Title\n=====", "Title\n---", "```\nopen fence", "~~~\nopen", "</blockquote><script>x</script>",
    "![x](http://evil/x.png)", "[2]: http://evil", "- a\n- b", "1. a\n2) b", "\\", "a\\", "    code", "\tcode", "* * *",
    "> quote\n# head", "| a | b |\n|---|---|", "&amp; &lt;", "``` `` `", "a  \nb", "<!-- x", "**bold** _em_ snake_case",
]  # fmt: skip


def tokens(text: str) -> list[tuple[str, str]]:
    return [(token.type, token.content) for token in MarkdownIt("commonmark").enable("table").parse(text)]


def headings(text: str) -> list[str]:
    found = tokens(text)
    return [found[i + 1][1] for i, (kind, _) in enumerate(found) if kind == "heading_open"]


def test_document(talk: Conversation) -> None:
    """Title, facts, what may be missing, then a section for each turn."""
    text = render(talk, "markdown")
    assert text.startswith("# sess-alpha\n\n2026-08-12 14:03:22 to 14:04:01 UTC · 2 turns")
    assert "**This transcript may not be whole:**\n\n- **loss** attribute-cut (2): An attribute was cut." in text
    assert "- **doubt** order: Two traces overlap." in text
    assert "7 days" not in text
    assert "> What is the weather\\\n> in Paris?" in text
    assert '→ **get_weather** *call_1*\n\n```json\n{\n  "city": "Paris"\n}\n```' in text
    assert headings(text)[1:] == [
        "[0.1] system", "[1] user", "[1.1] assistant", "[1.2] tool get_weather", "[1.3] tool research", "[2] assistant"
    ]  # fmt: skip


def test_threads_are_sections_below_their_turn(talk: Conversation) -> None:
    """In the view `threads` a sub-agent is a section of the turn that started it."""
    text = render(talk, "markdown", "threads")
    assert "### sub-agent researcher for call_2\n\n#### user\n\n> weather?" in text
    assert text.index("\n## [2] assistant") < text.index("## side-call title")


@pytest.mark.parametrize("role", ["user", "tool"])
@given(text=ANY_TEXT | MARKUP | st.sampled_from(NASTY))
@example(text="```\n````\n# x")
def test_nobody_forges_a_heading(role: str, text: str) -> None:
    """Whatever is said, the document has the same headings and no HTML, image, list or link."""
    call = ToolCall(id=text, name=text, arguments=text)
    first = Turn(number="1", role=role, content=text, tool_name=text)  # type: ignore[arg-type]
    talk = Conversation(id="x", turns=(first, Turn(number="2", role="assistant", tool_calls=(call,), error=text)))
    found = MarkdownIt("commonmark").enable("table").parse(render(talk, "markdown"))
    inline = [child.type for token in found for child in token.children or []]
    assert [t.markup for t in found if t.type == "heading_open"] == ["#", "##", "##"]
    assert not {"html_block", "bullet_list_open", "ordered_list_open", "table_open", "hr"} & {t.type for t in found}
    assert not {"html_inline", "image", "link_open"} & set(inline)


@given(text=(ANY_TEXT | MARKUP | st.sampled_from(NASTY)))
def test_words_read_as_spoken(text: str) -> None:
    """Rendered, a quote or fence shows each line of the escaped words, markup and all."""
    talk = Conversation(id="x", turns=(Turn(number="1", role="user", content=text),))
    found = MarkdownIt("commonmark").parse(render(talk, "markdown"))
    shown = []
    for token in found[9:]:
        if token.type == "fence":
            shown += token.content.split("\n")
        for child in token.children or []:
            shown.append({"text": child.content, "softbreak": "\n", "hardbreak": "\n"}.get(child.type, child.content))
        shown.append("\n")
    spoken = escape(text)
    assert "".join("".join(shown).split()) == "".join(spoken.split())
