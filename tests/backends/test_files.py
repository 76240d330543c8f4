"""Files: every form that people have, and what is wrong with files."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backends.play import Played, legacy_trace, otlp, otlp_span, play, query, settings
from backends.test_tempo_by_id import tempo_json
from tracefetch.backends.file import FileBackend
from tracefetch.errors import LimitError, ResponseError, UnreachableError

SPANS = (otlp_span(1, {"session.id": "sess_1"}), otlp_span(2, {"session.id": "sess_2"}))
LEGACY = [legacy_trace(1, {"session.id": "sess_1"}), legacy_trace(2, {"session.id": "sess_2"})]
FORMS: dict[str, Any] = {
    "otlp": {"resourceSpans": otlp(*SPANS)},
    "otlp-list": [{"resourceSpans": otlp(span)} for span in SPANS],
    "jaeger-ui": {"data": LEGACY, "total": 0, "limit": 0, "offset": 0, "errors": None},
    "jaeger-traces": LEGACY,
    "jaeger-v3": {"result": {"resourceSpans": otlp(*SPANS)}},
    "tempo-v1": {"batches": tempo_json(*SPANS)},
    "tempo-v2": {"trace": {"resourceSpans": tempo_json(*SPANS)}, "metrics": {}},
    "grafana-otlp": {"batches": otlp(*({**span, "startTimeUnixNano": 1.7946e18} for span in SPANS))},
    "plain": {
        "spans": [
            {"traceId": s["traceId"], "name": "chat", "attributes": {"session.id": f"sess_{i}"}}
            for i, s in enumerate(SPANS, 1)
        ]
    },
}


def load(path: Path | str, **options: Any) -> Played:
    return play(FileBackend(settings(url=str(path), **options)).everything())


def write(folder: Path, content: Any, name: str = "traces.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(tmp_path: Path, form: str) -> None:
    """Two traces with their attributes, whoever wrote the file; nothing is asked over a network."""
    path = write(tmp_path, FORMS[form])
    played = load(path)
    assert played.traces == {f"{1:032x}", f"{2:032x}"}
    assert {span.attributes["session.id"] for span in played.spans} == {"sess_1", "sess_2"}
    assert all(span.span_id for span in played.spans)
    found = play(FileBackend(settings(url=str(path))).session(query("sess_2")))
    assert found.traces == {f"{2:032x}"}


def test_lines_of_the_collector(tmp_path: Path) -> None:
    """One object per line; a trace whose spans stand on several lines is one."""
    lines = [{"resourceSpans": otlp({**SPANS[0], "spanId": f"{n:016x}"})} for n in (1, 2, 3)]
    played = load(write(tmp_path, "\n".join(json.dumps(line) for line in lines), "traces.jsonl"))
    assert [len(group) for group in played.groups] == [1]
    assert len(played.spans) == 3


def test_concatenated_and_pretty_printed(tmp_path: Path) -> None:
    """Objects one after another, over many lines, with a BOM and a record separator."""
    text = "\ufeff" + "".join("\x1e" + json.dumps({"resourceSpans": otlp(span)}, indent=2) for span in SPANS)
    assert len(load(write(tmp_path, text)).traces) == 2


def test_utf_16(tmp_path: Path) -> None:
    """What PowerShell's `>` writes."""
    path = tmp_path / "t.json"
    path.write_bytes(json.dumps(FORMS["otlp"]).encode("utf-16"))
    assert len(load(path).traces) == 2


def test_guides_transformer(tmp_path: Path) -> None:
    """Ids of any length stay as written, an end time may lack, and the parent is found."""
    parent = {"traceId": "conv-1", "spanId": "s1", "name": "turn", "startTimeUnixNano": "1795000000000000000"}
    child = {"traceId": "conv-1", "spanId": "s2", "parentSpanId": "s1", "name": "tool", "attributes": []}
    played = load(write(tmp_path, [{"resourceSpans": otlp(parent, child)}]))
    assert [(span.trace_id, span.span_id, span.parent_id) for span in played.spans] == [
        ("conv-1", "s1", None),
        ("conv-1", "s2", "s1"),
    ]
    assert played.spans[0].end_ns is None
    path = tmp_path / "traces.json"
    assert len(play(FileBackend(settings(url=str(path))).trace("conv-1")).spans) == 2


def test_guides_first_pattern(tmp_path: Path) -> None:
    """Spans without ids get some that are the same in every reading, and are one trace."""
    spans = [
        {"name": "user", "attributes": {"conversation.role": "user", "nested": {"a": [1]}}},
        {"name": "assistant", "attributes": {"conversation.role": "assistant"}, "start_time": "2026-11-20T10:00:00Z"},
        {"name": "assistant", "attributes": {"conversation.role": "assistant"}, "start_time": "2026-11-20T10:00:00Z"},
    ]
    first, second = load(write(tmp_path, {"spans": spans})), load(write(tmp_path, {"spans": spans}))
    assert first.spans == second.spans
    assert (len(first.traces), len({span.span_id for span in first.spans})) == (1, 3)
    assert first.spans[0].attributes["nested"] == {"a": [1]}
    assert first.spans[1].start_ns == 1_795_168_800_000_000_000


@pytest.mark.parametrize(
    "time",
    [
        1_795_168_800,
        1_795_168_800_000,
        1_795_168_800_000_000,
        1_795_168_800_000_000_000,
        "1795168800000000000",
        1_795_168_800.0,
        "2026-11-20T11:00:00+01:00",
    ],
)
def test_units_of_time(tmp_path: Path, time: Any) -> None:
    """A time in s, ms, µs, ns or ISO 8601 is the same moment."""
    spans = [{"name": "a", "attributes": {}, "startTime": time}]
    assert load(write(tmp_path, {"spans": spans})).spans[0].start_ns == 1_795_168_800_000_000_000


def test_compressed(tmp_path: Path) -> None:
    """gzip is known by its bytes, whatever the name; one that breaks off gives what it held, and a loss."""
    body = "\n".join(
        json.dumps({"resourceSpans": otlp(otlp_span(n, {"x": os.urandom(400).hex()}))}) for n in range(1, 90)
    )
    path = tmp_path / "traces.json"
    packed = gzip.compress(body.encode())
    path.write_bytes(packed)
    assert len(load(path).traces) == 89
    path.write_bytes(packed[: len(packed) // 2])
    played = load(path)
    assert 0 < len(played.traces) < 89
    assert "file-truncated" in played.kinds


def test_bytes_are_counted_after_decompression(tmp_path: Path) -> None:
    """A small file that becomes a large one is stopped; so are many files together."""
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * 3_000_000))
    with pytest.raises(LimitError, match="max_bytes"):
        load(path, max_bytes=1_000_000)
    for number in range(3):
        write(tmp_path, FORMS["otlp"], f"{number}.json")
    path.unlink()
    size = (tmp_path / "0.json").stat().st_size
    with pytest.raises(LimitError):
        load(tmp_path, max_bytes=2 * size)
    assert len(load(tmp_path, max_bytes=3 * size).traces) == 2


def test_folder(tmp_path: Path) -> None:
    """All files below it, in order, links not followed; what holds no spans is skipped and told."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "deep").mkdir(parents=True)
    (inside / "uploads").mkdir()
    outside.mkdir()
    write(inside, {"resourceSpans": otlp(SPANS[0])})
    write(inside / "deep", {"resourceSpans": otlp(SPANS[1])}, "more.jsonl")
    write(inside, '{"resourceLogs": []}\n{"resourceLogs": []}\n', "logs.otlp.jsonl")
    write(inside / "uploads", [{"role": "user", "parts": []}], "1.json")
    write(inside / "uploads", '[{"role": "us', "2.json")
    write(inside, "hello", "notes.txt")
    write(outside, {"resourceSpans": otlp(otlp_span(3))})
    (inside / "link.json").symlink_to(outside / "traces.json")
    (inside / "linked").symlink_to(outside)
    played = load(inside)
    assert played.traces == {f"{1:032x}", f"{2:032x}"}
    assert [(item.kind, item.severity) for item in played.evidence] == [("files-skipped", "note"), ("window", "note")]
    assert "5 files" in played.evidence[0].message


def test_glob(tmp_path: Path) -> None:
    """A pattern means the files that match; a name with brackets that exists is that file."""
    write(tmp_path, {"resourceSpans": otlp(SPANS[0])}, "a-1.json")
    write(tmp_path, {"resourceSpans": otlp(SPANS[1])}, "b-2.json")
    odd = write(tmp_path, {"resourceSpans": otlp(otlp_span(3))}, "odd[1].json")
    assert load(tmp_path / "a-*.json").traces == {f"{1:032x}"}
    assert load(tmp_path / "*-*.json").traces == {f"{1:032x}", f"{2:032x}"}
    assert load(odd).traces == {f"{3:032x}"}


def test_standard_input(tmp_path: Path) -> None:
    """`-` reads standard input once, for several questions, compressed or not."""
    program = (
        "from backends.play import play, query, settings\n"
        "from tracefetch.backends.file import FileBackend\n"
        "file = FileBackend(settings(url='-'))\n"
        "print(len(play(file.everything()).traces), len(play(file.session(query('sess_2'))).traces))\n"
    )
    for body in (json.dumps(FORMS["otlp"]).encode(), gzip.compress(json.dumps(FORMS["otlp"]).encode())):
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        done = subprocess.run(
            [sys.executable, "-c", program], input=body, capture_output=True, env=environment, check=True
        )
        assert done.stdout.split() == [b"2", b"1"]


def test_missing_file_says_what_to_give(tmp_path: Path) -> None:
    """No such file, and a pattern without a match."""
    for name in ("nothing.json", "*.json"):
        with pytest.raises(UnreachableError, match="a path, a folder"):
            load(tmp_path / name)


NO_SPANS = ("hello", '{"a": 1}', '{"resourceLogs": []}', "", "[]", '{"resourceSpans": [{"scopeSpans": [{"spans')


@pytest.mark.parametrize("content", NO_SPANS)
def test_no_spans_is_an_error(tmp_path: Path, content: str) -> None:
    """A file that was named and holds no spans is told, with the forms that are read."""
    with pytest.raises(ResponseError, match="OTLP JSON"):
        load(write(tmp_path, content))


def test_last_line_breaks_off(tmp_path: Path) -> None:
    """A collector that is still writing, or was killed: what came before is read, the rest is a loss."""
    whole = json.dumps({"resourceSpans": otlp(SPANS[0])})
    for cut in (10, len(whole) - 1, len(whole) // 2):
        played = load(write(tmp_path, f"{whole}\n{whole[:cut]}", "t.jsonl"))
        assert len(played.spans) == 1
        assert (played.evidence[0].kind, played.evidence[0].severity) == ("file-truncated", "loss")


def test_broken_line_costs_itself(tmp_path: Path) -> None:
    """A line that is no JSON, or is nested past all depth, is a loss; its neighbours are read."""
    lines = [json.dumps({"resourceSpans": otlp(span)}) for span in SPANS]
    for bad in ('{"resourceSpans": [}', '{"a":' * 200_000):
        played = load(write(tmp_path, f"{lines[0]}\n{bad}\n{lines[1]}\n", "t.jsonl"))
        assert len(played.traces) == 2
        assert ("line-unreadable", "loss") in [(item.kind, item.severity) for item in played.evidence]


def test_values_nested_past_all_depth(tmp_path: Path) -> None:
    """An attribute nested very deeply does not end in a traceback."""
    deep = '{"arrayValue":{"values":[' * 300 + '{"stringValue":"x"}' + "]}}" * 300
    body = json.dumps({"resourceSpans": otlp(SPANS[0], {**SPANS[1], "attributes": [{"key": "d", "value": "DEEP"}]})})
    played = load(write(tmp_path, body.replace('"DEEP"', deep)))
    assert f"{1:032x}" in played.traces
    assert len(played.traces) == 2 or "span-unreadable" in played.kinds


def test_half_characters(tmp_path: Path) -> None:
    """A lone surrogate becomes U+FFFD and a doubt; a pair is a character, and escaped text is left alone."""
    body = json.dumps({"resourceSpans": otlp(otlp_span(1, {"a": "x\ud83d", "b": "😀", "c": "\\ud83d"}))})
    played = load(write(tmp_path, body))
    assert played.spans[0].attributes == {"a": "x\ufffd", "b": "😀", "c": "\\ud83d"}
    assert (played.evidence[0].kind, played.evidence[0].severity) == ("broken-character", "doubt")
    fine = json.dumps({"resourceSpans": otlp(otlp_span(1, {"b": "😀", "c": "\\ud83d"}))})
    assert load(write(tmp_path, fine)).kinds == ["window"]


def test_bytes_that_are_no_utf_8(tmp_path: Path) -> None:
    """They are shown as U+FFFD, and told."""
    path = tmp_path / "t.json"
    path.write_bytes(json.dumps(FORMS["otlp"]).encode().replace(b"sess_2", b"sess\xff2"))
    played = load(path)
    assert "sess\ufffd2" in {span.attributes["session.id"] for span in played.spans}
    assert "broken-character" in played.kinds


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    """One backend, two questions, a file that grew in between."""
    path = write(tmp_path, {"resourceSpans": otlp(SPANS[0])}, "t.jsonl")
    file = FileBackend(settings(url=str(path)))
    assert len(play(file.everything()).traces) == 1
    with path.open("a") as stream:
        stream.write("\n" + json.dumps({"resourceSpans": otlp(SPANS[1])}))
    assert len(play(file.everything()).traces) == 2


def test_services_and_facts(tmp_path: Path) -> None:
    """The services that the spans name, and what the files hold."""
    write(tmp_path, {"resourceSpans": [*otlp(SPANS[0], service="b"), *otlp(SPANS[1], service="a")]})
    file = FileBackend(settings(url=str(tmp_path)))
    assert play(file.services()).result == ["a", "b"]
    assert play(file.diagnose()).result.facts == {"files": "1", "traces": "2", "spans": "2"}


def test_conversations_are_those_that_speak(tmp_path: Path) -> None:
    """Newest first, without traces that have neither marker nor session; old files count, whatever the window."""
    spans = (otlp_span(1, {"gen_ai.system": "x"}), otlp_span(2, {"http.route": "/"}), otlp_span(3, {"session.id": "s"}))
    old = [{**span, "startTimeUnixNano": str(10**18 + index)} for index, span in enumerate(spans)]
    path = write(tmp_path, {"resourceSpans": otlp(*old)})
    played = play(FileBackend(settings(url=str(path))).conversations(query(None, markers=("gen_ai.system",))))
    assert [int(group[0], 16) for group in played.groups] == [3, 1]


@pytest.mark.parametrize("levels", [1_000, 100_000])
@pytest.mark.parametrize("extra", ["x", "\\ud83d"])
def test_nesting_past_all_depth_costs_itself(tmp_path: Path, levels: int, extra: str) -> None:
    """The rest of the file is read, also where it has half characters, and a doubt tells what is missing."""
    deep = '{"arrayValue":{"values":[' * levels + '{"stringValue":"]"}' + "]}}" * levels
    body = json.dumps({"resourceSpans": otlp(otlp_span(1, {"deep": "DEEP", "a": "EXTRA"}), SPANS[1])})
    body = body.replace('{"stringValue": "DEEP"}', deep).replace("EXTRA", extra)
    played = load(write(tmp_path, body))
    assert [span.attributes.get("a") for span in played.spans] == ["x" if extra == "x" else "\ufffd", None]
    assert ("nested-too-deep", "doubt") in [(item.kind, item.severity) for item in played.evidence]


@pytest.mark.parametrize("levels", [350, 900])
def test_half_characters_beside_nesting(tmp_path: Path, levels: int) -> None:
    """What Python's reader can just read, and a walk through it can't, is no traceback."""
    body = json.dumps({"resourceSpans": otlp(otlp_span(1, {"a": "x\ud83d"})), "other": "DEEP"})
    played = load(write(tmp_path, body.replace('"DEEP"', "[" * levels + "]" * levels)))
    assert played.spans[0].attributes == {"a": "x\ufffd"}
    assert "broken-character" in played.kinds


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    """Only regular files of a folder are read."""
    write(tmp_path, FORMS["otlp"])
    os.mkfifo(tmp_path / "pipe.json")
    assert len(load(tmp_path).traces) == 2


def test_damaged_compression_is_named(tmp_path: Path) -> None:
    """Not only that there are no spans in what was left."""
    path = tmp_path / "t.json.gz"
    path.write_bytes(gzip.compress(os.urandom(3000))[:200])
    with pytest.raises(ResponseError, match="its compressed data is not complete"):
        load(path)
