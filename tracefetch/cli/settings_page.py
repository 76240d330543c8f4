"""docs/settings.md, generated from the settings' model, the commands' options and the rules for files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from pydantic import ByteSize
from pydantic.fields import FieldInfo

from tracefetch.cli.application import application
from tracefetch.config import Settings
from tracefetch.config.environment import PREFIX
from tracefetch.config.files import LOCAL_SETTINGS

_URL_ONLY = ("username", "password")  # given as the url's user and password
_INTRODUCTION = """\
# Settings

Generated from the model by `python docs/write.py`; a test holds that it is current.

One name everywhere: `since` is `--since` on the command line, `TRACEFETCH_SINCE` in the environment, `since` in a
settings file, in promptfoo's `config:` (camelCase or snake_case) and in `Client(since=…)`. `tracefetch config` shows
what is in force and where each came from; secrets are masked.
"""
_PLACES = """\
## Where they come from

From the strongest to the weakest:

1. the command's flags, promptfoo's `config:`, the arguments of `Client`;
2. a file or profile that they name (`--config FILE`, `--profile NAME`);
3. `TRACEFETCH_…` in the environment (`TRACEFETCH_CONFIG` and `TRACEFETCH_PROFILE` choose a file and a profile);
4. `tracefetch.toml` in the current folder: only the settings marked *here too* below;
5. `tracefetch.toml` in your config folder (on Linux `~/.config/tracefetch/`; `tracefetch config` names it);
6. the defaults.

A setting comes whole from one place. Paths in a file are relative to its folder, in promptfoo's `config:` to that of
the promptfoo configuration.

```toml
# ~/.config/tracefetch/tracefetch.toml
url = "http://localhost:16686"
since = "3d"

[profiles.prod]
url = "https://grafana.example.org/api/datasources/proxy/uid/abc"
token = "${GRAFANA_TOKEN}"
tenant = "team-a"

[profiles.prod.headers]
X-Scope = "${SCOPE}"
```

`tracefetch get sess_1 --profile prod` then asks Grafana. In the environment a list is `a,b`, a mapping `a=b,c=d`
(headers `a: b`, a line each) or a JSON object.

## Secrets

`${NAME}` is filled in from the environment, in settings only, never in ids; a variable that is not set is an error.
A credential (`token`, `headers`, a user and password in the `url`, a client certificate) goes only to the origin that
its own place names: `TRACEFETCH_TOKEN` to that of `TRACEFETCH_URL`, a profile's token to that profile's `url`, or where
the command or `config:` itself gives it. A file in the current folder, which anybody may have put there, holds no
secret, no `${…}`, and no address to which a credential would be sent. promptfoo's `config:` takes no literal secret,
since promptfoo stores it. Secrets are in no output, log, error or cache key.
"""


def settings_page() -> str:
    """The page as Markdown."""
    return "\n".join([_INTRODUCTION, *_table(), "", _PLACES])


def _table() -> Iterator[str]:
    flags = _flags()
    yield "| setting | flag | default | means | here too |"
    yield "|---|---|---|---|---|"
    for name, field in Settings.model_fields.items():
        flag = f"`{flags[name]}`" if name in flags else "in the url" if name in _URL_ONLY else ""
        local = "yes" if name in LOCAL_SETTINGS else ""
        meaning = (field.description or "").replace("|", "\\|")
        yield f"| `{name}` | {flag} | {_default(field)} | {meaning} | {local} |"
    yield ""
    yield f"*Here too*: may stand in a `tracefetch.toml` of the current folder. Environment variables begin `{PREFIX}`."


def _flags() -> dict[str, str]:
    found: dict[str, str] = {}
    for command in application.commands.values():
        for option in command.params:
            if isinstance(option, click.Option) and option.name in Settings.model_fields:
                long = next(flag for flag in option.opts if flag.startswith("--"))
                found.setdefault(str(option.name), long)
    return found


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if isinstance(value, ByteSize):
        return f"{value // 1024**2} MiB"
    if value is None or value == () or value == {}:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
