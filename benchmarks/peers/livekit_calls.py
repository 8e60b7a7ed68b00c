"""A call of livekit-agents without a room: a session that is talked to by text, as its own tests do."""

from __future__ import annotations

import logging
from typing import Any

from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, Agent, AgentSession, function_tool, llm

logging.getLogger("livekit").setLevel(logging.ERROR)


class Model(llm.LLM):
    """Answers at once; with a tool, after one call of it."""

    def __init__(self, *, tool: bool) -> None:
        super().__init__()
        self.tool = tool
        self.turn: dict[str, str] = {}

    def chat(
        self, *, chat_ctx: llm.ChatContext, tools: Any = None, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS, **_: Any
    ) -> llm.LLMStream:
        return Answer(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class Answer(llm.LLMStream):
    async def _run(self) -> None:
        model = self._llm
        assert isinstance(model, Model)
        delta = llm.ChoiceDelta(role="assistant", content=model.turn["answer"])
        if model.tool and self.chat_ctx.items[-1].type != "function_call_output":
            called = llm.FunctionToolCall(name="go", arguments=f'{{"stage": "{model.turn["go"]}"}}', call_id="1")
            delta = llm.ChoiceDelta(role="assistant", tool_calls=[called])
        self._event_ch.send_nowait(llm.ChatChunk(id="1", delta=delta))


@function_tool
async def go(stage: str) -> str:
    """Go on with this stage of the call; with none, stay."""
    return stage or "stay"


class Call:
    def __init__(self, model: Model, session: AgentSession[None]) -> None:
        self._model = model
        self._session = session

    async def take(self, turn: dict[str, str]) -> str:
        self._model.turn = turn
        result = await self._session.run(user_input=turn["say"])
        item = result.events[-1].item
        return str(item.text_content) if isinstance(item, llm.ChatMessage) else ""

    async def end(self) -> None:
        await self._session.aclose()


async def begin(talk: dict[str, Any], *, tool: bool) -> Call:
    model = Model(tool=tool)
    session: AgentSession[None] = AgentSession(
        llm=model, vad=None, turn_handling={"turn_detection": None}, user_away_timeout=None
    )
    stage = talk["stages"][talk["start"]]
    await session.start(Agent(instructions=stage["says"], tools=[go] if tool else []))
    return Call(model, session)
