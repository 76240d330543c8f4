"""`AttributeMap`: which attribute means what, for one convention; data, not code."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Encoding = Literal["auto", "text", "json", "indexed", "events"]
Kind = Literal["call", "agent", "tool", "chain", "message", "other"]
SourceRole = Literal["system", "user", "assistant", "tool"]


class Source(BaseModel):
    """Where messages stand on a span.

    Attributes:
        attribute: the attribute's name; for `indexed` the prefix before `.0.`; for `events`
            the event's name.
        encoding: `text` verbatim; `json` messages, blocks or a framework's object (a text that is
            no JSON is taken as it stands, JSON without a message is nobody's words); `auto` the same, but
            JSON without a message is words too; `indexed` flat keys such as `p.0.role`; `events` span events.
        role: of a text, or of a message that names none.
        field: the event attribute that holds the content, for `events`.
        decoder: an entry point of the group `tracefetch.decoders`, for a framework's own JSON.
        kinds: read only on spans of these kinds; all where empty.
        output: the message is what the call answered, for `events` and transcripts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attribute: str
    encoding: Encoding = "auto"
    role: SourceRole | None = None
    field: str | None = None
    decoder: str | None = None
    kinds: tuple[Kind, ...] = ()
    output: bool = False

    @cached_property
    def prefix(self) -> str:
        """What indexed keys begin with."""
        return self.attribute + "."


class ToolSource(BaseModel):
    """The attributes of a span that ran a tool; first one present wins, `event:NAME#field` reads an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    result: tuple[str, ...] = ()


class AttributeMap(BaseModel):
    """One convention: how its spans are recognised and what their attributes mean.

    Names are tried in order and the first present wins. `name#key` reads a key of a JSON
    object that the attribute holds. A trailing `*` in `recognise` is a prefix.

    Attributes:
        recognise: a span that has one of these names is read by this map; `event:NAME` looks
            at span events, `scope:PREFIX` at the instrumentation scope.
        kinds: attribute -> value -> kind of span.
        transcript: messages of request and answer together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str = ""
    source: str = ""
    recognise: tuple[str, ...] = ()
    kinds: dict[str, dict[str, Kind]] = Field(default_factory=dict)
    transcript: tuple[Source, ...] = ()
    input: tuple[Source, ...] = ()
    output: tuple[Source, ...] = ()
    system: tuple[Source, ...] = ()
    role: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    tool: ToolSource = ToolSource()
    session: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    input_tokens: tuple[str, ...] = ()
    output_tokens: tuple[str, ...] = ()
    total_tokens: tuple[str, ...] = ()
    response_id: tuple[str, ...] = ()
    previous_response_id: tuple[str, ...] = ()
    finish_reason: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @field_validator("transcript", "input", "output", "system", mode="before")
    @classmethod
    def _sources(cls, value: object) -> object:
        if isinstance(value, str | dict):
            value = [value]
        if isinstance(value, list | tuple):
            return [{"attribute": item} if isinstance(item, str) else item for item in value]
        return value

    @cached_property
    def names(self) -> frozenset[str]:
        """Every attribute name or prefix (ending in a dot) that the map reads."""
        plain = [
            *self.role, *self.content, *self.session, *self.user, *self.turn, *self.agent, *self.model,
            *self.input_tokens, *self.output_tokens, *self.total_tokens, *self.response_id,
            *self.previous_response_id, *self.finish_reason, *self.error, *self.time, *self.references,
            *self.tool.name, *self.tool.id, *self.tool.arguments, *self.tool.result, *self.kinds,
        ]  # fmt: skip
        sources = [*self.transcript, *self.input, *self.output, *self.system]
        listed = [s.prefix if s.encoding == "indexed" else s.attribute for s in sources]
        return frozenset([name.split("#")[0] for name in plain] + listed)
