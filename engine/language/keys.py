"""The script language, declared once: every key, what it may hold, and what it does.

`engine.language.load` reads files by these shapes; the JSON Schemas for editors and the reference for people are
written from them. The words in `doc` are therefore product texts: they are read by authors who do not program.
"""

from __future__ import annotations

from engine.calls.actions import RELEASES
from engine.content.shape import (
    Duration,
    Either,
    Field,
    Flag,
    Id,
    ListOf,
    MapOf,
    OneOf,
    OneOrMany,
    Record,
    Shape,
    Whole,
    Words,
)
from engine.grading.condition import CONDITION
from engine.grading.facts import ROLES
from engine.understanding.load_grammar import INTENT

_STAGE = Id("stage")
_SLOT = Id("slot")
_HEARD = OneOrMany(Words())
_END = OneOf(tuple(RELEASES), other=Flag())

PIECE = Record(
    "piece",
    {
        "text": Field(Words(), "Words to speak; with `audio`, the words of the recording."),
        "audio": Field(Words(), "A recording to play in place of synthesis; its path counts from this file's folder."),
        "pause": Field(Duration(at_most_ms=30_000), "Silence, after the words if there are any."),
        "keys": Field(Words(), "Telephone keys to send (DTMF): 0-9, *, #."),
    },
    "One piece of a prompt.",
    aliases={"say": "text", "file": "audio", "recording": "audio", "wait": "pause", "dtmf": "keys"},
)

WORDING = Record(
    "wording",
    {**PIECE.fields, "parts": Field(ListOf(Either(scalar=Words(), map=PIECE)), "Several pieces, one after another.")},
    "One way to say a prompt, when it is more than a text.",
    aliases=PIECE.aliases,
)

_ONE_WORDING = Either(scalar=Words(), map=WORDING)
PROMPT: Shape = OneOrMany(_ONE_WORDING)

DO = Record(
    "do",
    {
        "sms": Field(Words(), "Send this text message; `{name}` stands for a variable or a slot."),
        "wechat": Field(Either(scalar=Words()), "Add the caller on WeChat: `yes` for the number called, or `{slot}`."),
        "send": Field(Words(), "Send this material by the channel the caller named: WeChat or, without a word, SMS."),
        "callback": Field(
            Words(),
            "Call again: the name of the slot that holds the time, or `yes` for some time. Ordered when the call is"
            " over; a refusal before that takes it back.",
        ),
        "do_not_call": Field(Flag(), "Never call this number again."),
        "tag": Field(OneOrMany(Words()), "Mark the lead."),
        "note": Field(Words(), "A remark for the people who follow up."),
    },
    "What is done beyond talking.",
    aliases={"wx": "wechat", "dnc": "do_not_call", "tags": "tag", "call_back": "callback", "message": "sms"},
)

_ACTING = {
    "if": Field(CONDITION, "Only when all of this holds for the call so far."),
    "say": Field(PROMPT, "What the bot says; several wordings are taken in turn."),
    "answer": Field(Flag(), "First answer the caller's questions from `answers`, then do the rest of this rule."),
    "go": Field(_STAGE, "The stage to go to."),
    "then": Field(
        OneOf(("return", "stay")), "Without `go`: `return` to the stage's question (the default), or `stay`."
    ),
    "tail": Field(PROMPT, "Leads back into the flow in place of the stage's reprompt."),
    "repeat": Field(Flag(), "Say the last prompt again."),
    "transfer": Field(Words(), "Connect a person: a name that the gateway's configuration knows."),
    "hold": Field(
        Duration(1000, 120_000), "Put the caller on hold, with music, for so long; then `go`, or back to the question."
    ),
    "else": Field(_STAGE, "The stage to go to when the transfer or the hold fails."),
    "end": Field(_END, "Hang up after this: `yes`, or with a cause for the far end, such as `busy`."),
    "wait": Field(Duration(1000, 60_000), "Listen this long before silence counts, this once."),
    "ignore": Field(Whole(1, 20), "Do nothing the first N times."),
    "limit": Field(Whole(1, 50), "How often this applies in one call."),
    "over": Field(_STAGE, "The stage to go to when the limit is passed; without it the rule just stops applying."),
    "accept": Field(Flag(), "`yes`: the caller accepts the invitation. `no`: takes the acceptance back."),
    "contact": Field(
        OneOf(("passive", "requested", "given", "declined")),
        "What this says about the channel (SMS or WeChat) that was asked for.",
    ),
    "fill": Field(OneOrMany(_SLOT), "Slots to fill from these words."),
    "need": Field(OneOrMany(_SLOT), "Slots that must be told first; a missing one is asked for with its own question."),
    "do": Field(DO, "What is done beyond talking."),
}
_RULE_ALIASES = {
    "on": "hear", "when": "if", "goto": "go", "next": "go", "prompt": "say", "intent": "hear", "keywords": "hear",
    "action": "do", "actions": "do", "hangup": "end", "digits": "press", "slot": "fill",
}  # fmt: skip

_TRIGGERS = {
    "hear": Field(_HEARD, "Words of this stage, intents, or groups of intents; any one of them is enough."),
    "also": Field(_HEARD, "Intents of which one must be heard in the same breath too."),
    "press": Field(OneOrMany(Words()), "Telephone keys, any of them."),
}

RULE = Record("rule", {**_TRIGGERS, **_ACTING}, "When this is heard, do that. Used in `always`.", aliases=_RULE_ALIASES)

OUTCOME = Record(
    "outcome",
    _ACTING,
    "What a rule does.",
    aliases={wrong: right for wrong, right in _RULE_ALIASES.items() if right in _ACTING},
)
_BRANCH_OUTCOME = Either(scalar=_STAGE, map=OUTCOME)

BRANCH = Record(
    "branch",
    {
        **_TRIGGERS,
        **_ACTING,
        "other": Field(_BRANCH_OUTCOME, "Whatever is said and fits no other branch: a stage, or what to do."),
        "silence": Field(_BRANCH_OUTCOME, "Nothing is said, even after the no-input prompts: a stage, or what to do."),
    },
    "One of the answers that a stage expects, in the author's order.",
    aliases={**_RULE_ALIASES, "any": "other", "else_": "other", "default": "other", "no_input": "silence"},
)

ANSWER = Record(
    "answer",
    {
        **_TRIGGERS,
        **_ACTING,
        "in": Field(OneOrMany(Words()), "Only in these stages or in stages of these roles."),
    },
    "A question that may come anywhere, and its answer.",
    aliases={**_RULE_ALIASES, "stages": "in", "question": "hear", "ask": "hear"},
)

RECOVER = Record(
    "recovery",
    {
        "say": Field(PROMPT, "The other offer.", required=True),
        "go": Field(_STAGE, "Where anything but a refusal leads. Without it the stage's own branches read the reply."),
        "expect": Field(ListOf(BRANCH), "Branches for the reply, before those of the stage."),
        "do": Field(DO, "What is done beyond talking."),
    },
    "One more offer after a refusal; how many are allowed is in `limits`.",
    aliases={"prompt": "say", "then": "go", "next": "go"},
)
_ONE_RECOVERY = Either(scalar=Words(), map=RECOVER)

CONFIRM = Record(
    "confirmation",
    {
        "say": Field(PROMPT, "The closed question.", required=True),
        "unsure": Field(_STAGE, "The stage to go to when the answer is neither yes nor no."),
    },
    "Asked before a doubtful acceptance counts: a bare 嗯, one syllable, or words the recogniser was unsure of.",
)

SILENCE = Record(
    "no-input",
    {
        "after": Field(Duration(500, 60_000), "How long to listen before silence counts (default 3.5s)."),
        "say": Field(PROMPT, "Said in turn, one after each silence."),
        "then": Field(_STAGE, "The stage to go to after the last of them (default `goodbye`)."),
    },
    "When the caller says nothing.",
    aliases={"prompts": "say", "go": "then", "wait": "after", "timeout": "after"},
)

NO_MATCH = Record(
    "no-match",
    {
        "short": Field(Whole(0, 20), "An answer of up to this many characters is taken as going along (default 4)."),
        "say": Field(PROMPT, "Asks back in turn; the stage's reprompt follows."),
        "then": Field(_STAGE, "The stage to go to after the last of them (default `goodbye`)."),
    },
    "When words fit nothing.",
    aliases={"prompts": "say", "go": "then"},
)

BARGE_IN = Record(
    "barge-in",
    {
        "after": Field(Whole(0, 50), "Words of at least this many characters cut the prompt (default 4)."),
        "only": Field(OneOrMany(Words()), "Nothing but these intents cuts it."),
        "never": Field(
            OneOrMany(Words()), "These alone never cut it, such as the back-channel 嗯 (default `neutral`)."
        ),
        "always": Field(OneOrMany(Words()), "These cut it however short they are."),
    },
    "When the caller's words cut a prompt.",
    aliases={"after_chars": "after", "min_chars": "after"},
)
_BARGE_IN = Either(scalar=OneOf(("off", "any")), map=BARGE_IN)

LIMITS = Record(
    "limits",
    {
        "turns": Field(Whole(1, 200), "Most caller turns in a call (default 24)."),
        "seconds": Field(Whole(10, 3600), "Longest call, from the answer (default 300)."),
        "visits": Field(Whole(1, 20), "Most visits to one stage (default 3)."),
        "recoveries": Field(Whole(0, 5), "Most recoveries in a call (default 2)."),
        "recoveries_per_stage": Field(Whole(0, 3), "Most recoveries in one stage (default 1)."),
        "then": Field(_STAGE, "The stage to go to when a limit is reached (default `goodbye`)."),
    },
    "What keeps every call finite.",
    aliases={"max_turns": "turns", "recovery": "recoveries"},
)

SKIP = Record(
    "skip",
    {
        "if": Field(CONDITION, "When all of this holds.", required=True),
        "go": Field(_STAGE, "The stage to go to instead.", required=True),
    },
    "Passes over a stage that is not needed.",
)

STAGE = Record(
    "stage",
    {
        "role": Field(OneOf(ROLES), "What the stage is for; reports and grades speak of roles.", required=True),
        "say": Field(PROMPT, "What the bot says on entering; several wordings are taken in turn.", required=True),
        "reprompt": Field(PROMPT, "A short form of the question, to come back to it (default: its last sentence)."),
        "expect": Field(ListOf(BRANCH), "The answers expected, in the order in which they are tried."),
        "recover": Field(
            Either(scalar=Words(), map=RECOVER, list=ListOf(_ONE_RECOVERY)), "What to offer after a refusal."
        ),
        "confirm": Field(
            Either(scalar=Words(), map=CONFIRM, list=ListOf(Words())), "The closed question before an acceptance."
        ),
        "fill": Field(OneOrMany(_SLOT), "Slots that are filled from whatever is said here."),
        "skip": Field(Either(map=SKIP, list=ListOf(SKIP)), "When to pass over this stage."),
        "except": Field(_HEARD, "Intents that `always` and `answers` leave alone here."),
        "silence": Field(SILENCE, "When the caller says nothing here."),
        "no_match": Field(NO_MATCH, "When words fit nothing here."),
        "barge_in": Field(_BARGE_IN, "When the caller's words cut this stage's prompts."),
        "go": Field(_STAGE, "Go on there after the prompt without listening."),
        "end": Field(_END, "Hang up after the prompt: `yes`, or with a cause for the far end, such as `busy`."),
        "do": Field(DO, "What is done on entering."),
    },
    "One place in the conversation: what the bot says, and what each answer leads to.",
    aliases={"prompt": "say", "text": "say", "on": "expect", "branches": "expect", "next": "go", "answers": "expect",
             "recovery": "recover", "hangup": "end", "slot": "fill", "slots": "fill", "type": "role"},
)  # fmt: skip

VARIABLE = Record(
    "variable",
    {
        "type": Field(OneOf(("text", "name", "number", "phone")), "What it holds (default `text`)."),
        "default": Field(Words(), "Its value when the lead has none."),
        "required": Field(Flag(), "Without a value the call is not made."),
        "title": Field(Words(), "What it is, for people."),
    },
    "Something known before the call, from the lead's row.",
)

SLOT = Record(
    "slot",
    {
        "type": Field(
            OneOf(("time", "number", "name", "quantity", "digits", "words")), "What it holds.", required=True
        ),
        "ask": Field(PROMPT, "The question for it alone, when it is missing."),
        "tries": Field(Whole(1, 5), "How often it is asked for (default 2)."),
        "title": Field(Words(), "What it is, for people."),
    },
    "Something the caller tells.",
)

_SHARED = {
    "title": Field(Words(), "A title for people."),
    "include": Field(OneOrMany(Words()), "Parts to take stages, answers and rules from; paths count from this file."),
    "variables": Field(MapOf(VARIABLE, Id("variable")), "What is known before the call."),
    "slots": Field(MapOf(SLOT, _SLOT), "What the caller may tell."),
    "intents": Field(MapOf(INTENT, Id("intent")), "Intents of this script's own, beside the grammars'."),
    "stages": Field(MapOf(STAGE, _STAGE), "The stages by name; a call begins with the first."),
    "answers": Field(ListOf(ANSWER), "Questions that may come anywhere, in the order in which they are tried."),
    "always": Field(ListOf(RULE), "What is true everywhere, tried before everything else, in this order."),
    "silence": Field(SILENCE, "When the caller says nothing."),
    "no_match": Field(NO_MATCH, "When words fit nothing."),
    "barge_in": Field(_BARGE_IN, "When the caller's words cut a prompt."),
    "limits": Field(LIMITS, "What keeps every call finite."),
}

PART = Record(
    "part",
    {"part": Field(Words(), "The part's name.", required=True), **_SHARED},
    "Stages, answers and rules that several scripts include.",
    aliases={"nodes": "stages", "flows": "stages", "knowledge": "answers", "global": "always"},
)

SCRIPT = Record(
    "script",
    {
        "script": Field(Id("script"), "The script's name.", required=True),
        **_SHARED,
        "stages": Field(_SHARED["stages"].shape, _SHARED["stages"].doc, required=True),
        "language": Field(Words(), "The language spoken (default `zh-CN`)."),
        "grammars": Field(OneOrMany(Words()), "Grammars to understand with (default: all that are shipped)."),
        "grading": Field(Words(), "The scheme that grades the calls (default `standard`)."),
        "start": Field(_STAGE, "The stage to begin with (default: the first)."),
        "goodbye": Field(_STAGE, "Where a call goes that has nowhere else to go.", required=True),
        "refused": Field(_STAGE, "Where a call closes after a last refusal (default `goodbye`)."),
        "refusal": Field(_HEARD, "Intents that count as a refusal (default `refuse` and `deny`)."),
    },
    "A call script.",
    aliases=PART.aliases,
)
