"""What Tempo puts around the spans of a trace: protobuf and JSON, v1 and v2.

Sources: Tempo's pkg/tempopb/tempo.proto (TraceByIDResponse) and docs/sources/tempo/api_docs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from tracefetch.backends.otlp import Decoded, read_resource_spans
from tracefetch.backends.otlp_protobuf import parse_resource_spans
from tracefetch.models import Evidence, note

PARTIAL = (1, "PARTIAL")


@dataclass(slots=True)
class Enclosed:
    """A trace out of its envelope. `is_partial`: the server says that it is not the whole trace."""

    decoded: Decoded = field(default_factory=Decoded)
    is_partial: bool = False
    message: str = ""


class UnreadableError(ValueError):
    """The body holds something, and no spans can be read from it."""


def _declare_envelope() -> type[Message]:
    """TraceByIDResponse {trace=1; metrics=2; status=3; message=4}, `trace` being wire-equal to TracesData."""
    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="tracefetch/tempo_envelope.proto", package="tracefetch.tempo")
    file.syntax = "proto3"
    file.dependency.append(TracesData.DESCRIPTOR.file.name)
    declared = file.message_type.add(name="TraceByIDResponse")
    optional = field_type.LABEL_OPTIONAL
    trace = TracesData.DESCRIPTOR.full_name
    declared.field.add(name="trace", number=1, type=field_type.TYPE_MESSAGE, label=optional, type_name=f".{trace}")
    declared.field.add(name="metrics", number=2, type=field_type.TYPE_BYTES, label=optional)
    declared.field.add(name="status", number=3, type=field_type.TYPE_INT32, label=optional)
    # Bytes, so that a message which is no UTF-8 does not cost the trace.
    declared.field.add(name="message", number=4, type=field_type.TYPE_BYTES, label=optional)
    pool = descriptor_pool.Default()  # the one that knows TracesData
    pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tracefetch.tempo.TraceByIDResponse"))


Envelope = _declare_envelope()


def parse_v2(body: bytes) -> Enclosed:
    """A protobuf body of /api/v2/traces/{id}.

    Raises:
        google.protobuf.message.DecodeError: a string is not UTF-8 (Tempo cuts in the middle of characters).
        UnreadableError: the envelope holds bytes and no spans.
    """
    envelope: Any = Envelope.FromString(body)
    spans = parse_resource_spans(envelope.trace.resource_spans)
    if not spans and envelope.trace.ByteSize():
        raise UnreadableError("the trace in the answer has no spans that can be read")
    return Enclosed(Decoded(spans), envelope.status in PARTIAL, envelope.message.decode("utf-8", "replace"))


def parse_v1(body: bytes) -> Enclosed:
    """A protobuf body of /api/traces/{id}: a bare Trace.

    Raises:
        google.protobuf.message.DecodeError: as in `parse_v2`.
        UnreadableError: bytes, but no spans.
    """
    spans = parse_resource_spans(TracesData.FromString(body).resource_spans)
    if not spans and body:
        raise UnreadableError("the answer has no spans that can be read")
    return Enclosed(Decoded(spans))


def read_object(value: Any) -> Enclosed | None:
    """A JSON body of either: v2's `trace.resourceSpans`, v1's `batches`; None where it is neither."""
    if not isinstance(value, dict):
        return None
    trace = value.get("trace", value)
    if not isinstance(trace, dict):
        return None
    groups = trace.get("resourceSpans", trace.get("batches"))
    if groups is None and "trace" not in value:
        return None
    decoded = read_resource_spans(groups or [])
    return Enclosed(decoded, value.get("status") in PARTIAL, str(value.get("message") or ""))


def unreadable_protobuf() -> Evidence:
    """The protobuf could not be read, for a cut character as a rule; the JSON was."""
    message = (
        "Tempo's protobuf could not be read (a string cut inside a character, or values nested past all depth), "
        "so the trace was read as JSON"
    )
    return note("protobuf-unreadable", message)


__all__ = ["DecodeError", "Enclosed", "UnreadableError", "parse_v1", "parse_v2", "read_object", "unreadable_protobuf"]
