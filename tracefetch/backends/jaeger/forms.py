"""The forms in which a session id is searched: storages match it in different ways.

Memory, Badger, Cassandra and ClickHouse want the text itself; Elasticsearch and OpenSearch take the
value as a Lucene regular expression, so there an id with special characters needs them escaped. Which
storage it is, no answer tells: the text itself goes first. Some applications store ids JSON-encoded.
"""

from __future__ import annotations

import json
import re

LUCENE_SPECIALS = frozenset('.?+*|{}[]()"\\#@&<>~^')
UNINDEXED_BYTES = 256  # Cassandra leaves such values out of its index, Elasticsearch too (ignore_above)


def literal_form(value: str) -> str:
    """The text itself: finds strings, and numbers and bools by their text."""
    return value


def other_forms(value: str) -> tuple[str, ...]:
    """What else to search when the text itself gave nothing."""
    encoded = json.dumps(value, ensure_ascii=False)
    escaped = (escape_lucene(value),) if has_specials(value) else ()
    return (*escaped, encoded, escape_lucene(encoded))


def has_specials(value: str) -> bool:
    """Whether Lucene reads the text as something else than itself."""
    return not LUCENE_SPECIALS.isdisjoint(value)


def escape_lucene(value: str) -> str:
    """The text as a Lucene regular expression that matches it and nothing else."""
    return "".join(f"\\{character}" if character in LUCENE_SPECIALS else character for character in value)


def could_match(found: object, form: str) -> bool:
    """Whether a storage that reads the form as a pattern could have meant this value."""
    if not has_specials(form):
        return False
    try:
        return re.fullmatch(form, str(found)) is not None
    except re.error:
        return True
