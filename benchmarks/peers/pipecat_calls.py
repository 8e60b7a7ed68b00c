"""Calls of pipecat without a transport: a pipeline whose only processor answers, and a flow whose every turn is a call
of a function, which leads to another node or stays.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pipecat.flows import TRANSITION_IN_YAML, Flow, FlowConfig, FlowManager
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    TextFrame,
    TranscriptionFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallFromLLM, LLMService
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

AT = "2026-11-26T10:00:00+08:00"


class Answering(FrameProcessor):
    """Says what is due to every sentence it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.turn: dict[str, str] = {}

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            await self.push_frame(TextFrame(self.turn["answer"]))
        else:
            await self.push_frame(frame, direction)


class Heard(FrameProcessor):
    """Where the answer leaves the pipeline."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: asyncio.Queue[str] = asyncio.Queue()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TextFrame):
            self.answers.put_nowait(frame.text)
        await self.push_frame(frame, direction)


class Model(LLMService):  # type: ignore[type-arg]
    """Answers at once: with a call of a function where one is due, and with words after it."""

    def __init__(self) -> None:
        super().__init__()
        self.turn: dict[str, str] = {}
        self.due = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        if self.due:
            self.due = False
            name, given = (f"go_{self.turn['go']}", {}) if self.turn["go"] else ("stay", {"words": self.turn["say"]})
            await self.run_function_calls([FunctionCallFromLLM(name, "1", given, frame.context)])
        else:
            await self._push_llm_text(self.turn["answer"])
        await self.push_frame(LLMFullResponseEndFrame())


class Running:
    """A pipeline that runs until its call is over."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.worker = PipelineWorker(pipeline, enable_rtvi=False, cancel_on_idle_timeout=False)
        self._started = asyncio.Event()
        self._ended: asyncio.Task[None] | None = None
        self.worker.add_event_handler("on_pipeline_started", self._begun)

    async def _begun(self, *_: object) -> None:
        self._started.set()

    async def start(self) -> None:
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        self._ended = asyncio.get_running_loop().create_task(runner.run())
        await self._started.wait()

    async def end(self) -> None:
        await self.worker.queue_frame(EndFrame())
        assert self._ended is not None
        await self._ended


class Trivial:
    def __init__(self, answering: Answering, heard: Heard, running: Running) -> None:
        self._answering, self._heard, self._running = answering, heard, running
        self.end = running.end

    async def take(self, turn: dict[str, str]) -> str:
        self._answering.turn = turn
        await self._running.worker.queue_frame(TranscriptionFrame(turn["say"], "caller", AT))
        return await self._heard.answers.get()


async def begin_trivial() -> Trivial:
    answering, heard = Answering(), Heard()
    running = Running(Pipeline([answering, heard]))
    await running.start()
    return Trivial(answering, heard, running)


class Flowing:
    def __init__(self, model: Model, told: asyncio.Queue[str], running: Running, manager: FlowManager) -> None:
        self._model, self._told, self._running, self._manager = model, told, running, manager
        self.end = running.end

    async def take(self, turn: dict[str, str]) -> str:
        self._model.turn, self._model.due = turn, True
        said = {"role": "user", "content": turn["say"]}
        await self._running.worker.queue_frame(LLMMessagesAppendFrame([said], run_llm=True))
        answer = await self._told.get()
        return answer if turn["go"] in ("", self._manager.current_node) else f"at {self._manager.current_node}"


async def begin_flow(flow: Flow, talk: dict[str, Any]) -> Flowing:
    """With turns that something else has ended: the model of turns that comes by default takes 11 MB a call."""
    params = LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies())
    pair, model, told = LLMContextAggregatorPair(LLMContext(), user_params=params), Model(), asyncio.Queue[str]()
    running = Running(Pipeline([pair.user(), model, pair.assistant()]))

    async def stopped(_: object, message: Any) -> None:
        if message.content:
            told.put_nowait(message.content)

    pair.assistant().add_event_handler("on_assistant_turn_stopped", stopped)
    manager = FlowManager(
        worker=running.worker, llm=model, context_aggregator=pair, global_functions=flow.global_functions
    )
    await running.start()
    model.turn = {"answer": talk["stages"][talk["start"]]["says"]}
    await manager.initialize(flow.initial_node)
    await told.get()
    return Flowing(model, told, running, manager)


async def stay(flow_manager: FlowManager, words: str) -> Any:
    """Answer without going on.

    Args:
        words: What the caller has said.
    """
    return {"heard": words}, TRANSITION_IN_YAML


def flow_of(talk: dict[str, Any]) -> Flow:
    """The script's graph, read once for all calls."""
    nodes = {
        name: {
            "task_messages": [{"role": "developer", "content": stage["says"]}],
            "functions": [
                {"name": f"go_{target}", "description": target, "transition_only": True, "transition_to": target}
                for target in stage["exits"]
            ],
        }
        for name, stage in talk["stages"].items()
    }
    config = {"initial_node": talk["start"], "nodes": nodes, "global_functions": [{"name": "stay"}]}
    return Flow(FlowConfig.model_validate(config), handlers={"stay": stay})
