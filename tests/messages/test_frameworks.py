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


def test_a_stream_in_pieces_is_one_answer() -> None:
    """ADK records a streamed answer as it came; only the last piece says how it ended. Choices stay choices."""

    def answers(*ends: str) -> list[str]:
        pieces = [
            {"role": "assistant", "parts": [{"type": "text", "content": text}], "finish_reason": end}
            for text, end in zip(("He", "llo"), ends, strict=True)
        ]
        return told(reading_of({"gen_ai.operation.name": "chat", "gen_ai.output.messages": pieces}).output)

    assert answers("", "stop") == ["assistant: Hello"]
    assert answers("stop", "stop") == ["assistant: He"]


def test_another_agents_words_are_its_own() -> None:
    """ADK tells the next agent in the user's name what other agents said, with and without marks around it."""
    marked = "<<<BEGIN_QUOTED_AGENT_CONTENT>>>\n{}\n<<<END_QUOTED_AGENT_CONTENT>>>"
    for begin, form in (("For context:", " {}"), ("For context: below is a transcript.", "\n" + marked)):
        texts = [
            f"{begin}\n[triage] said:{form.format('Hello, [you]')}",
            f"{begin}\n[triage] called tool `f` with parameters:{form.format(repr({'a': None}))}",
            f"{begin}\n[triage] `f` tool returned result:{form.format(repr({'b': True}))}",
            "For context: I live in Graz.",
        ]
        sent = [{"role": "user", "parts": [{"type": "text", "content": text}]} for text in texts]
        reading = reading_of({"gen_ai.operation.name": "chat", "gen_ai.input.messages": sent})
        assert told(reading.input) == [
            "assistant: Hello, [you]",
            'call: f {"a": null}',
            'result: {"b": true}',
            "user: For context: I live in Graz.",
        ]


def test_merged_answers_of_tools_are_no_tool() -> None:
    """ADK adds a span for the answers of parallel calls together; nobody called a tool of that name."""
    reading = reading_of({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)"})
    assert (reading.kind, reading.tool) == ("other", None)


def test_raw_requests_of_litellm_are_python() -> None:
    """The child span holds each call of a turn, the application's span only the last one. Cut, it is silent."""
    asked = "[{'role': 'system', 'content': \"Don't shout.\"}, {'role': 'user', 'content': '[1] \"hi\"'}]"
    call = "{'id': 'c1', 'function': {'arguments': '{\"city\": \"Oslo\"}', 'name': 'f'}, 'type': 'function'}"
    answer = f"[{{'finish_reason': 'tool_calls', 'message': {{'content': None, 'tool_calls': [{call}]}}}}]"
    reading = reading_of({"llm.openai.messages": asked, "llm.openai.choices": answer})
    assert told(reading.input) == ["system: Don't shout.", 'user: [1] "hi"']
    assert told(reading.output) == ['call: f {"city": "Oslo"}']
    assert reading_of({"llm.openai.messages": asked[:60]}).input == []


def test_an_agents_run_without_an_operation_holds_the_messages() -> None:
    """Pydantic AI 1.0 names no operation on an agent's span; of a failed request it alone has the question."""
    sent = [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    reading = reading_of({"agent_name": "shop", "pydantic_ai.all_messages": sent}, scope="pydantic-ai", error=True)
    assert told(reading.input) == ["user: Hi"]
