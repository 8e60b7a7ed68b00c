"""What a rule does beyond talking: slots are filled, and orders go out that outlive the call."""

from __future__ import annotations

from collections.abc import Iterable

from engine.calls.actions import Appointment, Callback, Contact, DoNotCall, Filled, Invitation, Note, Sms, Tag, Wechat
from engine.dialogue.decide import Reply
from engine.dialogue.state import SlotValue
from engine.dialogue.turn import Turn
from engine.language.prompts import fill_text
from engine.language.stage import NOTHING, Doing


def fill_slots(turn: Turn, names: Iterable[str], reply: Reply) -> None:
    for name in names:
        kind = turn.script.slots[name].type
        if kind == "words":
            store(turn, name, reply.text, reply.text)
            continue
        wanted = "number" if kind == "digits" else kind
        told = next((told for told in reply.told if told.type == wanted and told.value), None)
        if told:
            store(turn, name, told.value, told.said)


def store(turn: Turn, name: str, value: str, said: str) -> None:
    turn.do(Filled(name, value, said))
    turn.set(slots={**turn.state.slots, name: SlotValue(value, said)})


def carry_out(turn: Turn, doing: Doing, reply: Reply | None) -> None:
    """Order what reaches beyond the call; do-not-call goes first, since nothing may overtake it."""
    if doing is NOTHING:
        return
    text = turn.known()
    if doing.do_not_call:
        turn.do(DoNotCall(next((hit.id for hit in reply.hits), "") if reply else ""))
    if doing.sms or doing.send:
        _send(turn, "sms" if doing.sms else turn.state.channel, fill_text(doing.sms or doing.send, text))
    if doing.wechat is not None:
        _contact(turn, "wechat")
        turn.do(Wechat(fill_text(doing.wechat, text)))
    if doing.callback is not None:
        slot = turn.state.slots.get(doing.callback) or SlotValue("", _some_time(reply))
        turn.do(Appointment(slot.value, slot.said))
        turn.set(callback=Callback(slot.value, slot.said))
    for tag in doing.tags:
        turn.do(Tag(fill_text(tag, text)))
    if doing.note:
        turn.do(Note(fill_text(doing.note, text)))


def _some_time(reply: Reply | None) -> str:
    """The words for a time that is none: 改天, 过阵子. They fill no slot, but whoever calls again must know them."""
    told = reply.told if reply else ()
    return next((each.said for each in told if each.type == "time" and not each.value), "")


def call_off(turn: Turn) -> None:
    """What was agreed is off: the invitation, and the call for which it was."""
    facts = turn.facts()
    if facts.invitation in ("pending", "success"):
        turn.do(Invitation("fail"))
    if turn.state.callback:
        turn.do(Appointment(off=True))
        turn.set(callback=None)


def settle(turn: Turn) -> None:
    """The call is over: order the call agreed on, unless its number must be left alone."""
    facts, callback = turn.facts(), turn.state.callback
    if callback and not (facts.do_not_call or facts.complaint or facts.abuse or facts.wrong_person):
        turn.do(callback)
    turn.set(callback=None)


def _send(turn: Turn, channel: str, text: str) -> None:
    if channel == "wechat":
        _contact(turn, "wechat")
        turn.do(Wechat())
        turn.do(Note(text))
    else:
        _contact(turn, "sms")
        turn.do(Sms(text))


def _contact(turn: Turn, channel: str) -> None:
    """What is sent without having been asked for was let happen, not requested; the ticket for what has just been
    agreed on is neither.
    """
    facts = turn.facts()
    if facts.invitation == "success":
        return
    if channel == "wechat" and facts.wechat in ("none", "declined"):
        turn.do(Contact("wechat", "passive"))
    if channel == "sms" and facts.sms in ("none", "declined"):
        turn.do(Contact("sms", "passive"))
