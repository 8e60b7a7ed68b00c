"""What the page of `huashu report` says, in Chinese and in English."""

from __future__ import annotations

from server.reports.words import Texts

TEXTS: Texts = {
    "title": ("通话报告", "Calls"),
    "title.simulated": ("模拟通话报告", "Simulated calls"),
    "verdict.none": ("没有可以统计的通话。", "There are no calls to count."),
    "verdict": (
        "{calls} 通电话，{human} 通真人接听（{human_share}），{good} 通 A 或 B（{good_share}）。",
        "{calls} calls, {human} answered by a person ({human_share}), {good} graded A or B ({good_share}).",
    ),
    "verdict.left": ("客户最常在「{stage}」挂断。", "Most callers who hung up did so in {stage}."),
    "figure.calls": ("通话", "Calls"),
    "figure.human": ("真人接听", "Answered by a person"),
    "figure.good": ("A 与 B", "A and B"),
    "figure.invited": ("接受邀约", "Invitation accepted"),
    "figure.callback": ("约了回电", "Callback agreed"),
    "figure.do_not_call": ("要求勿扰", "Do not call"),
    "figure.talk": ("通话时长中位数", "Median talk"),
    "figure.delay": ("应答延迟 p95", "Delay of answers, p95"),
    # grades
    "grades": ("等级分布", "Grades"),
    "grades.says": (
        "每个等级各有多少通，按评级方案 {schemes}。我方线路故障等不分级的通话单列，不计入占比。",
        (
            "How many calls have each grade, by the scheme {schemes}. Calls without a grade, such as for a fault of"
            " our own line, stand apart and count in no share."
        ),
    ),
    "grades.alt": ("等级分布：{items}", "Grades: {items}"),
    "grade.?": ("未能评级", "could not be graded"),
    "versions": ("脚本版本", "Versions of scripts"),
    "versions.says": ("每个脚本版本的通话得到什么等级。", "What grades the calls of each version of a script have."),
    "versions.alt": ("每个版本的等级", "Grades of each version"),
    "version": ("版本", "Version"),
    "days": ("每天", "Day by day"),
    "days.says": ("每天的通话得到什么等级。", "What grades the calls of each day have."),
    "days.alt": ("每天的等级", "Grades of each day"),
    "day": ("日期", "Day"),
    "dispositions": ("接通结果", "Dispositions"),
    "dispositions.says": ("每通电话在线路上的结果。", "What became of each call technically."),
    "dispositions.alt": ("接通结果：{items}", "Dispositions: {items}"),
    "disposition": ("结果", "Disposition"),
    # the flow
    "flow": ("环节漏斗", "Funnel by stage"),
    "flow.says": (
        "真人接听的通话走到每个环节的有多少，又有多少在那里结束、怎样结束。",
        "Of the calls that a person answered: how many came to each stage, and how many ended there, and how.",
    ),
    "flow.alt": ("走到每个环节的通数", "Calls that came to each stage"),
    "stage": ("环节", "Stage"),
    "entered": ("走到", "Came"),
    "went_on": ("继续", "went on"),
    "hang_ups": ("在哪里挂断", "Where callers hang up"),
    "hang_ups.says": (
        "客户挂断时正在说的（或刚说完的）一句话，以及听了多少。「≈」表示没有人完整听完，长度按字数估算。",
        (
            "The prompt during which, or after which, callers hung up, and how much of it they had heard. ≈ marks a"
            " prompt that nobody heard to its end, whose length is estimated from its words."
        ),
    ),
    "hang_ups.alt": ("挂断时听到的比例：{items}", "Share of the prompt heard at the hang-up: {items}"),
    "hang_ups.axis": ("听到这句话的百分之几", "% of the prompt heard"),
    "hang_ups.after": ("听完", "all"),
    "hang_ups.none": ("没有客户挂断。", "No caller hung up."),
    "prompt": ("话术", "Prompt"),
    "during": ("没听完", "During it"),
    "median": ("中位位置", "Median"),
    "heard": ("听到", "Heard"),
    "barge_ins": ("打断", "Barge-ins"),
    "barge_ins.says": (
        "客户最常打断哪句话，占这句话播放次数的多少，在多早的时候。",
        "Which prompts callers cut in on, how often of the times they were said, and how soon.",
    ),
    "barge_ins.none": ("没有人打断机器人。", "Nobody cut in."),
    "said": ("播放", "Said"),
    "cut": ("被打断", "Cut"),
    "quiet": ("沉默与没听懂", "Silence and no-match"),
    "quiet.says": (
        "客户在哪个环节不说话，或者说的话对不上任何意图。",
        "In which stages callers said nothing, or something that fitted nothing.",
    ),
    "quiet.alt": ("每个环节的沉默与没听懂次数", "Silences and no-matches of each stage"),
    "quiet.none": ("每次都有回答，每句都听懂了。", "Every question was answered, and every answer understood."),
    "no_input": ("沉默", "no-input"),
    "no_match": ("没听懂", "no-match"),
    "unmet": ("没有意图的话", "Words without an intent"),
    "unmet.says": (
        "客户说过、但没有任何意图覆盖的话；读音相近的归在一起，右边是最接近的意图。",
        "What callers said that no intent covers, alike sounds together, with the intent that comes nearest.",
    ),
    "unmet.none": ("每句话都有意图。", "Every utterance had an intent."),
    "utterance": ("客户的话", "Utterance"),
    "times": ("次数", "Times"),
    "also": ("还有", "Also"),
    "nearest": ("最接近", "Nearest"),
    # times
    "delays": ("应答延迟", "Delay of answers"),
    "delays.says": (
        "从客户停下到听见机器人的声音；只有实时通话的记录里有。",
        "From the end of the caller's speech to the first sound of the answer; records of live calls alone tell it.",
    ),
    "delays.alt": ("应答延迟分布，毫秒", "Spread of the delays, in ms"),
    "delays.none": (
        "这些记录里没有延迟数据（模拟通话和单独的日志没有）。",
        "These records tell no delays; simulated calls and single logs have none.",
    ),
    "part": ("部分", "Part"),
    "n": ("回合", "Turns"),
    "part.answer": ("全部", "all"),
    "part.words": ("识别", "recognising"),
    "part.decision": ("决定", "deciding"),
    "part.sound": ("发声", "sounding"),
    "intents": ("客户的意图", "Intents heard"),
    "intents.says": (
        "每个意图出现在多少通电话里，一共说了多少次。",
        "In how many calls each intent was heard, and how often in all.",
    ),
    "intents.alt": ("意图：{items}", "Intents: {items}"),
    "intents.none": ("没有听到任何意图。", "No intent was heard."),
    "intent": ("意图", "Intent"),
    "talk": ("通话时长", "Length of calls"),
    "talk.says": (
        "真人接听的通话从接通到结束的时间；一半短于 {p50}，95 % 短于 {p95}。",
        "From the answer to the end, of calls that a person answered; half take at most {p50}, 95 % at most {p95}.",
    ),
    "talk.alt": ("通话时长分布，秒", "Length of calls, in seconds"),
    "seconds": ("秒", "Seconds"),
    "ms": ("毫秒", "ms"),
    "turns": ("客户说话的次数", "Turns"),
    "turns.says": ("一通电话里客户说了几次话。", "How often the caller spoke in a call."),
    "turns.alt": ("客户说话次数的分布", "Spread of the number of turns"),
    "rules": ("哪些规则给的等级", "Rules that gave the grades"),
    "rules.says": (
        "每条规则评了多少通，各附一通作为例子，连同它依据的原话。",
        "How many calls each rule decided, each with a call as an example and the words that it rests on.",
    ),
    "rule": ("规则", "Rule"),
    "rule.title": ("含义", "Meaning"),
    "rule.none": ("没有规则成立", "no rule held"),
    "example": ("{calls} 通，例如 {call}", "{calls} calls, such as {call}"),
    # what went in
    "bad": ("没有用上的文件", "Files left out"),
    "bad.says": (
        "读不了的记录，其余照常统计。",
        "Records that could not be read; the others were counted all the same.",
    ),
    "ungraded": ("未能评级的通话", "Calls that could not be graded"),
    "ungraded.says": (
        "评级用的脚本或方案不在这里；这些通话计入其他各项。",
        "The script or the scheme of these calls is not here; they are counted everywhere else.",
    ),
    "file": ("文件", "File"),
    "why": ("原因", "Why"),
    "made_of.calls": ("{calls} 通通话的记录，{first} 至 {last}", "Logs of {calls} calls, from {first} to {last}"),
    "made_of.sources": ("来源：{items}", "Sources: {items}"),
    "source.live": ("实时通话 {calls} 通", "{calls} live calls"),
    "source.simulated": ("模拟通话 {calls} 通", "{calls} simulated calls"),
    "source.recording": ("录音转写 {calls} 通", "{calls} recordings"),
    "source.other": ("{source} {calls} 通", "{calls} of {source}"),
    "made_of.torn": (
        "{calls} 份记录结尾不完整，按已有部分统计",
        "{calls} logs are cut off and were counted as far as they go",
    ),
    "made_of.bad": ("{files} 个文件读不了", "{files} files could not be read"),
    "made_of.ungraded": ("{calls} 通未能评级", "{calls} calls could not be graded"),
    "made_of.more": (
        "长表格只列前 {rows} 行，全部数据见 huashu report --json",
        "Long tables show their first {rows} rows; all is in huashu report --json",
    ),
}
