"""The provider's config: paths below basePath, contents in the place of names, secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tracefetch.errors import ConfigError
from tracefetch.promptfoo.configuration import load_settings, row_defaults


def load(environ: dict[str, str] | None = None, **config: Any) -> Any:
    return load_settings({"basePath": "/evals", **config}, environ or {})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("traces.json", "/evals/traces.json"),
        ("recordings/*.json.gz", "/evals/recordings/*.json.gz"),
        ("/abs/traces.json", "/abs/traces.json"),
        ("localhost:16686", "localhost:16686"),
        ("jaeger+http://host:1/base", "jaeger+http://host:1/base"),
    ],
)
def test_a_file_is_relative_to_the_promptfoo_config(url: str, expected: str) -> None:
    """An address is none."""
    assert load(url=url).url == expected


def test_a_pattern_below_an_odd_folder_finds_its_files(tmp_path: Path) -> None:
    """The folder's own brackets are no pattern."""
    import glob

    folder = tmp_path / "evals [old]"
    folder.mkdir()
    (folder / "a.json").write_text("{}")
    assert glob.glob(load(basePath=str(folder), url="*.json").url) == [str(folder / "a.json")]
    (folder / "b[1].json").write_text("{}")
    assert load(basePath=str(folder), url="b[1].json").url == str(folder / "b[1].json")


@pytest.mark.parametrize(
    "content",
    [
        {"resourceSpans": []},
        [{"resourceSpans": []}],
        '{"resourceSpans": []}',
        '{"a": 1}\n{"a": 2}\n',
        "\x1f\x8b\x00binary",
        "file:///tmp/x.json",
        "file://x.json",
        "x" * 5000,
        "the text of a short file\n",
    ],
)
def test_a_files_content_in_place_of_its_name_says_to_drop_file(content: Any) -> None:
    """promptfoo has loaded it before we are asked; none of it is in the error."""
    with pytest.raises(ConfigError, match=r"url holds .*Drop the file://") as caught:
        load(url=content)
    assert "resourceSpans" not in str(caught.value)


@pytest.mark.parametrize("key", ["attributeMaps", "attribute_maps", "map", "caBundle", "clientKey"])
def test_the_same_for_other_files(key: str) -> None:
    """A key's text must not be in the error."""
    text = "-----BEGIN PRIVATE KEY-----\nMIIs3cret\n-----END PRIVATE KEY-----\n"
    with pytest.raises(ConfigError, match=f"{key} holds a file's text") as caught:
        load(url="localhost:1", **{key: text})
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigError, match="Drop the file://"):
        load(url="localhost:1", **{key: [{"prompt": "x"}]})


def test_contents_that_are_meant_pass() -> None:
    """`attributes: file://map.json` is a map, and wanted."""
    assert load(url="localhost:1", attributes={"prompt": "x"}).attributes == {"prompt": "x"}
    assert load(url="[::1]:16686").url == "[::1]:16686"


def test_standard_input_is_promptfoos() -> None:
    """Reading it would end the worker."""
    with pytest.raises(ConfigError, match="name a file"):
        load(url="-")


@pytest.mark.parametrize(
    "config",
    [
        {"url": "http://localhost:1", "token": "s3cret"},
        {"url": "http://ann:s3cret@localhost:1"},
        {"url": "http://localhost:1", "headers": {"Authorization": "Bearer s3cret"}},
    ],
)
def test_a_literal_secret_is_refused(config: dict[str, Any]) -> None:
    """promptfoo stores configs; the error does not repeat it."""
    with pytest.raises(ConfigError, match=r"\$\{NAME\}") as caught:
        load(**config)
    assert "s3cret" not in str(caught.value)


def test_a_secret_from_the_environment_is_taken() -> None:
    """By reference, and an unset one is an error."""
    settings = load({"KEY": "s3cret"}, url="http://localhost:1", token="${KEY}")
    assert settings.token.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)
    with pytest.raises(ConfigError, match="KEY"):
        load(url="http://localhost:1", token="${KEY}")


def test_unknown_settings_name_the_nearest() -> None:
    """And promptfoo's own are tolerated."""
    load(url="localhost:1", workers=2, timeout=10, pythonExecutable="python3")
    with pytest.raises(ConfigError, match="turn_index"):
        load(url="localhost:1", turnIdx=1)


def test_a_format_of_the_command_line_is_not_the_providers() -> None:
    """TRACEFETCH_FORMAT=markdown is meant for `get`; in the config it is a mistake that is told."""
    assert row_defaults(load({"TRACEFETCH_FORMAT": "markdown"}, url="localhost:1"))["format"] is None
    assert row_defaults(load(url="localhost:1", format="markdown"))["format"] == "markdown"
