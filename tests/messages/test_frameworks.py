"""How agent frameworks of today write what is easily misread; each case was seen in a recording."""

from __future__ import annotations

from tests.messages.spans import reading_of, told

LLM = {"openinference.span.kind": "LLM"}


def test_blank_messages_are_read_from_the_raw_request() -> None:
    """Haystack's calls and answers of tools are blank in the flat keys, and whole in `input.value`."""
    call = "ToolCall(tool_name='f', arguments={'city': 'Oslo'}, id='c1', extra=None)"
    texts = [
        "ChatMessage(_role=<ChatRole.USER: 'user'>, _content=[TextContent(text='Hi')], _name=None, _meta={})",
        f"ChatMessage(_role=<ChatRole.ASSISTANT: 'assistant'>, _content=[{call}], _name=None, _meta={{}})",
        "ChatMessage(_role=<ChatRole.TOOL: 'tool'>, _content=[ToolCallResult(result='cold', "
        f"origin={call}, error=False)], _name=None, _meta={{}})",
    ]
    flat = {f"llm.input_messages.{at}.message.role": role for at, role in enumerate(("user", "assistant", "tool"))}
    reading = reading_of(
        {**LLM, **flat, "llm.input_messages.0.message.content": "Hi", "input.value": {"messages": texts}}
    )
    assert told(reading.input) == ["user: Hi", 'call: f {"city": "Oslo"}', "result: cold"]
