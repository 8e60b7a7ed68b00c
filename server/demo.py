"""`huashu demo`: the whole of it on one machine. A server, a caller with a voice of its own, and a call between them
over a gateway's wire protocol, heard by the recogniser, shown as it happens. Then the server goes on serving.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rich.console import Console
from rich.progress import track

from engine.calls.actions import Play
from engine.calls.log import Log
from engine.grading.grade import grade
from engine.trial import caller as simulated
from engine.trial.simulate import simulate
from engine.trial.transcript import grade_line, lines
from server.app import create
from server.calling.caller import Caller
from server.calling.notes import Note
from server.calling.running import Dial, place
from server.calling.scenario import Say, Scenario
from server.calling.sounds import sounds
from server.gateways.far.table import FAR_ENDS
from server.grading import explanation
from server.live.call import LiveCall
from server.live.desk import Desk
from server.live.measures import Delays
from server.live.record import LOG
from server.live.trunks import TrunksError, read_trunks
from server.output import OK, PROBLEMS, error, present
from server.serving import Server, StartError, configuration, load_scripts, set_up_logs, with_token
from server.settings import Settings, SettingsError, load
from server.speech.kokoro import Kokoro
from server.speech.packaged import ModelError
from server.speech.ports import Voice
from server.speech.provide import ProviderError, provide
from server.talking import styled

GATEWAY = "twilio"
SAYS = (
    "喂，你好",
    "行，你说",
    "这个多少钱一个月？",
    "是这样的",
    "我们有十几个人打电话",
    "没用过",
    "效果怎么样？",
    "可以，明天下午三点吧",
)
CALLER = "zm_yunyang"
"""Another person than the bot's voice."""
COMPANY = "company=星河科技"


def demo(*, once: bool, given: dict[str, object]) -> int:
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = with_token(load(None, **{"variables": COMPANY, **given}))
        console.print("loading scripts, recogniser and voices …", style="dim")
        shelf, trunks = load_scripts(settings), read_trunks(settings.trunks)
        speech = provide(settings)
        voice = Kokoro(CALLER)
    except (SettingsError, StartError, TrunksError, ProviderError, ModelError) as problem:
        error(str(problem))
        return PROBLEMS
    set_up_logs(quiet=True)
    try:
        return asyncio.run(_run(Desk(settings, shelf, speech, trunks=trunks), voice, console, once=once))
    finally:
        speech.close()


async def _run(desk: Desk, voice: Voice, console: Console, *, once: bool) -> int:
    await _make_prompts(desk, console)
    scenario = Scenario(steps=tuple(Say(words) for words in SAYS))
    spoken = await asyncio.to_thread(sounds, scenario.steps, lambda: voice)
    server = Server(configuration(create(desk, prepare=False), desk.settings), desk)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        await _until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        ears = desk.speech.recogniser
        address = f"ws://{desk.settings.host}:{port}"
        console.print(f"a call over {address}/{GATEWAY}, heard by {ears.name if ears else 'nobody'}\n", style="dim")
        caller = Caller(FAR_ENDS[GATEWAY](), scenario, spoken, _untold)
        dial = Dial(f"{address}/{GATEWAY}", GATEWAY, {"token": desk.settings.token.get_secret_value()})
        watching = tasks.create_task(_watch(desk, console))
        await place(dial, caller)
        await watching
        if once:
            server.should_exit = True
            return OK
        _tell_how_to_connect(console, address, desk.settings)
        await desk.prepare()
    return OK


async def _make_prompts(desk: Desk, console: Console) -> None:
    """Those of this very call, which is played to itself first; the others are made while the server waits for calls.
    On a second run they are on disk.
    """
    shelved = desk.shelf.scripts[desk.settings.script]
    prompts = desk.speech.prompts.beside(shelved.path.parent)
    steps = tuple(simulated.Say(words) for words in SAYS)
    played = simulate(shelved.script, simulated.Call("demo", present(), desk.settings.known, steps))
    plays = [action for entry in played.entries for action in entry.actions if isinstance(action, Play)]
    parts = list(dict.fromkeys(part for play in plays for part in play.parts))
    for part in track(parts, "making the prompts", console=console, transient=True):
        async for _ in prompts.fetch(part):
            pass


async def _watch(desk: Desk, console: Console) -> None:
    """Show the one call that there is, step by step, and what it came to."""
    await _until(lambda: bool(desk.sessions))
    (session,) = desk.sessions.values()
    call, shown, told = session.call, 0, 0
    while call is not None:
        over = not desk.sessions
        for entry in call.record.entries[shown:]:
            for line in lines(entry):
                console.print(styled(line))
        shown = len(call.record.entries)
        for each in call.turns.all[told:]:
            if each.audio_ms is None:
                break
            console.print(f"          {_delay(each)}", style="dim")
            told += 1
        if over:
            break
        await asyncio.sleep(0.05)
    if call is not None:
        _tell_outcome(call, console)


def _untold(note: Note) -> None:
    """The server tells what happens, with the words."""


async def _until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110  others set what is waited for, and have no event for it
        await asyncio.sleep(0.02)


def _delay(turn: Delays) -> str:
    """From the end of the caller's voice to the words, the decision and the first sound of the answer."""
    heard, decided = (turn.text_ms or 0) - turn.speech_end_ms, (turn.decided_ms or 0) - (turn.text_ms or 0)
    spoke = (turn.audio_ms or 0) - (turn.decided_ms or 0)
    return f"understood after {heard} ms, decided in {decided} ms, answered {spoke} ms later"


def _tell_outcome(call: LiveCall, console: Console) -> None:
    graded = grade(call.script.scheme, call.state.facts)
    console.print(f"\n{grade_line(graded)}", style="bold")
    log = Log(call.record.header, tuple(call.record.entries))
    for line in list(explanation(call.record.folder / LOG, log, graded))[1:]:
        console.print(line, style="dim")
    console.print(f"log, recording and summary are in {call.record.folder}")


def _tell_how_to_connect(console: Console, address: str, settings: Settings) -> None:
    console.print(f"""
serving on {address}; the token is in {settings.data / "token"}
  another call   huashu call --token $(cat {settings.data / "token"}) --say 你好 {address}/twilio
  a gateway      docs/howto/twilio.md, asterisk.md, freeswitch.md, jambonz.md; any other: docs/reference/gateway.md
Ctrl-C stops it""")
