"""promptfoo itself runs, and its result can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.promptfoo import VERSION, Evaluation


@pytest.mark.live
def test_eval_with_a_python_provider(promptfoo_eval: Callable[..., Evaluation], tmp_path: Path) -> None:
    """Rows tell success and error apart, the environment reaches the provider, the version is the wanted one."""
    (tmp_path / "provider.py").write_text(
        "import os\n"
        "def call_api(prompt, options, context):\n"
        "    return {'output': prompt + os.environ['MARK']} if prompt == 'good' else {'error': 'no ' + prompt}\n"
    )
    config = {
        "prompts": ["{{word}}"],
        "providers": ["file://provider.py"],
        "tests": [{"vars": {"word": word}, "assert": [{"type": "contains", "value": "!"}]} for word in ("good", "bad")],
    }
    (tmp_path / "promptfooconfig.json").write_text(json.dumps(config))
    evaluation = promptfoo_eval(tmp_path / "promptfooconfig.json", env={"MARK": "!"})
    rows = {row["vars"]["word"]: row for row in evaluation.rows}
    assert rows["good"]["response"]["output"] == "good!"
    assert rows["bad"]["error"] == "no bad"
    assert evaluation.exit_code == 100
    assert evaluation.result["metadata"]["promptfooVersion"] == VERSION
