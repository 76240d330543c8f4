"""What emitters were seen to write, and what is easily misread: one case each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.messages.spans import reading_of, told

CHAT = {"gen_ai.operation.name": "chat"}
LLM = {"openinference.span.kind": "LLM"}
CALL = {"id": "c", "function": {"name": "f", "arguments": "{}"}}
IN, OUT = "gen_ai.input.messages", "gen_ai.output.messages"


def indexed(prefix: str, *messages: dict[str, Any]) -> dict[str, Any]:
    """OpenInference's flat keys."""
    found: dict[str, Any] = {}
    for at, message in enumerate(messages):
        for key, value in message.items():
            found[f"{prefix}.{at}.message.{key}"] = value
    return found


@pytest.mark.parametrize("key", ["result", "response"])
@pytest.mark.parametrize("role", ["tool", "user"])
def test_tool_answers_under_any_role_and_key(role: str, key: str) -> None:
    """`tool_call_response` holds `result` or `response`, below `tool` or `user`."""
    parts = [{"type": "tool_call_response", "id": "c1", key: {"temp": 18}}]
    assert told(reading_of({**CHAT, IN: [{"role": role, "parts": parts}]}).input) == ['result: {"temp": 18}']


def test_results_and_words_in_one_message() -> None:
    """A user's message may bring a tool's answer and go on speaking (Anthropic)."""
    content = [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "18"}]},
               {"type": "text", "text": "Go on"}]  # fmt: skip
    reading = reading_of(
        {**LLM, "input.value": {"system": "Brief.", "messages": [{"role": "user", "content": content}]}}
    )
    assert told(reading.input) == ["system: Brief.", "user: Go on", "result: 18"]


@pytest.mark.parametrize("arguments", ['{"a": 1}', {"a": 1}, '"{\\"a\\": 1}"'])
def test_arguments_as_text_or_object(arguments: Any) -> None:
    """A string, an object, a string in a string: the same value."""
    parts = [{"type": "tool_call", "id": "c", "name": "f", "arguments": arguments}]
    assert told(reading_of({**CHAT, OUT: [{"role": "assistant", "parts": parts}]}).output) == ['call: f {"a": 1}']


def test_content_and_contents_say_it_once() -> None:
    """OpenInference can repeat a text in both; what only one has is kept."""
    twice = {"role": "user", "content": "Hi", "contents.0.message_content.type": "text",
             "contents.0.message_content.text": "Hi"}  # fmt: skip
    image = {"role": "user", "content": "Look", "contents.0.message_content.type": "image",
             "contents.0.message_content.image.image.url": "http://host/x.png"}  # fmt: skip
    reading = reading_of({**LLM, **indexed("llm.input_messages", twice, image)})
    assert told(reading.input) == ["user: Hi", "part: image", "user: Look"]


def test_hidden_stays_hidden() -> None:
    """The raw request beside redacted messages has the words: they are not taken from there, and it is told."""
    reading = reading_of({
        **LLM,
        **indexed("llm.input_messages", {"role": "user", "content": "__REDACTED__"}),
        **indexed("llm.output_messages", {"role": "assistant", "content": "__REDACTED__"}),
        "input.value": {"messages": [{"role": "user", "content": "secret"}]},
        "output.value": {"choices": [{"message": {"role": "assistant", "content": "secret too"}}]},
    })  # fmt: skip
    assert told([*reading.input, *reading.output]) == []
    assert [problem.kind for problem in reading.problems] == ["content-hidden", "content-hidden"]


def test_a_refusal_that_only_the_raw_answer_has() -> None:
    """OpenAI's refusal leaves an answer without content; `output.value` has it."""
    answer = {"choices": [{"message": {"role": "assistant", "content": None, "refusal": "I can't."}}]}
    reading = reading_of({**LLM, **indexed("llm.output_messages", {"role": "assistant"}), "output.value": answer})
    assert told(reading.output) == ["assistant: I can't."]


def test_an_empty_answer_is_an_answer() -> None:
    """A role without content is a message that says nothing, not a missing one."""
    reading = reading_of({**LLM, **indexed("llm.output_messages", {"role": "assistant"})})
    assert [(message.role, message.text) for message in reading.output] == [("assistant", "")]


def test_only_the_first_of_several_choices_is_the_answer() -> None:
    """Choices of one request: the others were never said, and are counted."""
    answer = {"choices": [{"message": {"role": "assistant", "content": text}} for text in ("A", "B", "C")]}
    assert told(reading_of({**LLM, "output.value": answer}).output) == ["assistant: A"]
    messages = [
        {"role": "assistant", "parts": [{"type": "text", "content": text}], "finish_reason": "stop"} for text in "AB"
    ]
    reading = reading_of({**CHAT, OUT: messages})
    assert told(reading.output) == ["assistant: A"]
    assert reading.output[0].others == 1


def test_calls_in_several_messages_are_no_choices() -> None:
    """Parallel calls may be a message each, each with its finish reason."""
    calls = [{"role": "assistant", "finish_reason": "tool_calls",
              "parts": [{"type": "tool_call", "id": i, "name": "f", "arguments": {}}]} for i in ("a", "b")]  # fmt: skip
    assert told(reading_of({**CHAT, OUT: calls}).output) == ["call: f {}", "call: f {}"]


def test_openai_messages_without_parts() -> None:
    """AG2 and LiteLLM write OpenAI's own messages; `tool_calls` may be null."""
    given = [{"role": "user", "content": "Hi"},
             {"role": "assistant", "content": None, "tool_calls": [CALL]},
             {"role": "tool", "tool_call_id": "c", "content": "18"}]  # fmt: skip
    reading = reading_of({**CHAT, IN: given, OUT: [{"role": "assistant", "content": "Yes", "tool_calls": None}]})
    assert told([*reading.input, *reading.output]) == ["user: Hi", "call: f {}", "result: 18", "assistant: Yes"]


def test_python_in_place_of_parts() -> None:
    """openai-agents-v2 writes Python's repr of a part, and of a call, as text."""
    text = "{'annotations': [], 'text': \"It's 18\", 'type': 'output_text', 'logprobs': []}"
    call = ("ResponseFunctionToolCall(arguments='{\"city\":\"Rome\"}', call_id='c1', name='get_weather', "
            "type='function_call', id='fc_1', status='completed')")  # fmt: skip
    parts = [{"type": "text", "content": text}, {"type": "text", "content": call}]
    reading = reading_of({**CHAT, OUT: [{"role": "assistant", "parts": parts}]})
    assert told(reading.output) == ["assistant: It's 18", 'call: get_weather {"city": "Rome"}']
    assert reading.output[0].calls[0].id == "c1"


def test_a_user_who_writes_python_is_quoted() -> None:
    """The same text from a user is what the user said."""
    text = "{'text': 'Hi', 'type': 'output_text'}"
    assert told(reading_of({**CHAT, IN: [{"role": "user", "parts": [{"type": "text", "content": text}]}]}).input) == [
        f"user: {text}"
    ]


def test_tool_definitions_are_no_messages() -> None:
    """Langfuse's LangChain handler appends them to the request."""
    definition = {"role": "tool", "content": {"type": "function", "function": {"name": "f", "parameters": {}}}}
    given = [{"role": "user", "content": "Hi"}, definition]
    reading = reading_of({"langfuse.observation.type": "generation", "langfuse.observation.input": given})
    assert told(reading.input) == ["user: Hi"]


def test_a_structured_answer_is_words() -> None:
    """JSON that the model answered is its answer, also where an attribute may hold messages."""
    reading = reading_of({"langfuse.observation.type": "generation", "langfuse.observation.output": {"flagged": False}})
    assert told(reading.output) == ['assistant: {"flagged": false}']


@pytest.mark.parametrize("kind", ["AGENT", "CHAIN"])
def test_a_frameworks_state_is_nobodys_words(kind: str) -> None:
    """A wrapper's raw input may be any object of the framework's."""
    reading = reading_of({"openinference.span.kind": kind, "input.value": {"state": {"next": "plan"}}})
    assert told(reading.input) == []


def test_the_ai_sdks_wrapping_of_answers() -> None:
    """`{"type": "text", "value": …}`, as an object and written out."""
    tool = {"role": "tool", "content": '{"type": "text", "value": "18"}', "tool_call_id": "c"}
    assert told(reading_of({**LLM, **indexed("llm.input_messages", tool)}).input) == ["result: 18"]
    content = [
        {"type": "tool-result", "toolCallId": "c", "toolName": "f", "output": {"type": "json", "value": {"t": 18}}}
    ]
    reading = reading_of({"ai.operationId": "ai.generateText.doGenerate",
                          "ai.prompt.messages": [{"role": "tool", "content": content}]})  # fmt: skip
    assert told(reading.input) == ['result: {"t": 18}']


def test_anyvalues_without_value_make_no_call() -> None:
    """OpenInference for Vercel leaves empty `tool_calls.0.*` on users' messages."""
    keys = {"role": "user", "content": "Hi", "tool_calls.0.tool_call.id": None,
            "tool_calls.0.tool_call.function.name": None}  # fmt: skip
    assert told(reading_of({**LLM, **indexed("llm.input_messages", keys)}).input) == ["user: Hi"]


def test_bedrock_blocks_in_json() -> None:
    """`[{"json": …}]` as a tool's answer."""
    parts = [{"type": "tool_call_response", "id": "c", "response": [{"json": {"t": 18}}]}]
    assert told(reading_of({**CHAT, IN: [{"role": "tool", "parts": parts}]}).input) == ['result: {"t": 18}']


def test_gemini_thoughts_and_responses() -> None:
    """Thoughts are reasoning, function responses are answers, `{}` on a tool's span is nothing."""
    response = {"function_response": {"name": "f", "response": {"result": "18"}}}
    parts = ([{"text": "Hi"}], [response])
    request = {"contents": [{"role": "user", "parts": part} for part in parts]}
    answer = {"content": {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "Yes"}]}}
    reading = reading_of({"gcp.vertex.agent.llm_request": request, "gcp.vertex.agent.llm_response": answer})
    assert told(reading.input) == ["user: Hi", 'result: {"result": "18"}']
    assert told(reading.output) == ["part: reasoning", "assistant: Yes"]
    assert told(reading_of({"gcp.vertex.agent.llm_request": "{}"}).input) == []


@pytest.mark.parametrize("value", ["null", "", "[" * 50_000, "[1, null, true]", '{"a"', "\x00"])
def test_odd_values_are_no_traceback(value: str) -> None:
    """Whatever stands in an attribute, reading ends."""
    reading = reading_of({**CHAT, IN: value, OUT: value})
    assert "null" not in told([*reading.input, *reading.output])


def test_a_lone_surrogate_is_kept() -> None:
    """It is told by whoever shows it; here it is as it was written."""
    reading = reading_of({**CHAT, IN: '[{"role": "user", "parts": [{"type": "text", "content": "a\\ud800b"}]}]'})
    assert reading.input[0].text == "a\ud800b"


def test_json_that_breaks_off_keeps_what_is_whole() -> None:
    """Whole elements stay, the last text as far as it goes, and it is told."""
    whole = """[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
                {"role": "assistant", "parts": [{"type": "text", "content": "Hel"""
    reading = reading_of({**CHAT, IN: whole})
    assert told(reading.input) == ["user: Hi", "assistant: Hel"]
    assert reading.input[-1].cut
    assert [problem.kind for problem in reading.problems] == ["attribute-cut"]


SMOL = [
    {"role": "user", "content": "New task:\nWarm?"},
    {"role": "tool-call", "content": "Calling tools:\n[{'id': 'c1', 'type': 'function', "
     "'function': {'name': 'f', 'arguments': {'city': 'Rome'}}}]"},
    {"role": "tool-response", "content": "Observation:\n18"},
    {"role": "tool-call", "content": "Calling tools:\n[{'id': 'c2', 'type': 'function', "
     "'function': {'name': 'final_answer', 'arguments': {'answer': 'Yes, it is.'}}}]"},
    {"role": "tool-response", "content": "Observation:\nYes, it is."},
]  # fmt: skip


def test_steps_that_are_written_as_words() -> None:
    """smolagents: calls and answers in texts; the tool that gives the answer is the answer, once."""
    reading = reading_of({**LLM, **indexed("llm.input_messages", *SMOL)})
    assert told(reading.input) == ["user: New task:\nWarm?", 'call: f {"city": "Rome"}', "result: 18",
                                   "assistant: Yes, it is."]  # fmt: skip
    answer = {"role": "assistant", "tool_calls.0.tool_call.function.name": "final_answer",
              "tool_calls.0.tool_call.function.arguments": '{"answer": "Yes, it is."}'}  # fmt: skip
    assert told(reading_of({**LLM, **indexed("llm.output_messages", answer)}).output) == ["assistant: Yes, it is."]


def test_the_answering_tools_span_is_no_tool() -> None:
    """Its words are the answer; other tools' keyword arguments are taken out of the recorded call."""
    tool = {"openinference.span.kind": "TOOL", "output.value": "18"}
    assert reading_of({**tool, "tool.name": "final_answer"}).tool is None
    reading = reading_of({**tool, "tool.name": "f", "input.value": {"args": [], "kwargs": {"city": "Rome"}}})
    assert reading.tool is not None
    assert reading.tool[0].arguments == {"city": "Rome"}


HAYSTACK = [
    "ChatMessage(_role=<ChatRole.SYSTEM: 'system'>, _content=[TextContent(text='Be brief.')], _name=None, _meta={})",
    "ChatMessage(_role=<ChatRole.USER: 'user'>, _content=[TextContent(text=\"It's warm?\")], _name=None, _meta={})",
    "ChatMessage(_role=<ChatRole.ASSISTANT: 'assistant'>, _content=[ToolCall(tool_name='f', "
    "arguments={'city': 'Rome'}, id='c1', extra=None)], _name=None, _meta={'at': <object at 0x7f>})",
    "ChatMessage(_role=<ChatRole.TOOL: 'tool'>, _content=[ToolCallResult(result='18', origin=ToolCall(tool_name='f', "
    "arguments={'city': 'Rome'}, id='c1', extra=None), error=False)], _name=None, _meta={})",
    "ChatMessage(_role=<ChatRole.ASSISTANT: 'assistant'>, _content=[TextContent(text='Yes.')], _name=None, _meta={})",
]


@pytest.mark.parametrize("state", [{"messages": HAYSTACK}, {"data": {"agent": {"messages": HAYSTACK}}}])
def test_haystacks_reprs(state: dict[str, Any]) -> None:
    """An agent of Haystack's, through OpenInference: a chain whose values hold Python's reprs."""
    reading = reading_of({"openinference.span.kind": "CHAIN", "output.value": state})
    assert told(reading.output) == ["system: Be brief.", "user: It's warm?", 'call: f {"city": "Rome"}', "result: 18",
                                    "assistant: Yes."]  # fmt: skip
    assert reading.output[3].results[0].id == "c1"


def test_a_gap_in_an_indexed_list_is_told() -> None:
    """The SDK drops the oldest attributes: an index is missing."""
    keys = {f"gen_ai.prompt.{at}.{key}": value for at in (0, 2) for key, value in (("role", "user"), ("content", "Hi"))}
    assert [problem.kind for problem in reading_of({"llm.request.type": "chat", **keys}).problems] == ["list-gap"]
