from engine.understanding.entry import Entry, Found
from engine.understanding.overlap import joined, longest, only_told, particular, with_own_words
from engine.understanding.pattern import parse, required
from engine.understanding.search import Rule, Search

NONE: frozenset[str] = frozenset()


def entry(intent: str, phrase: str, **more: object) -> Entry:
    return Entry(intent, phrase, phrase, **more)  # type: ignore[arg-type]


def search(*entries: Entry, patterns: tuple[tuple[str, str], ...] = ()) -> Search:
    pieces = [(entry(intent, text), parse(text)) for intent, text in patterns]
    return Search(entries, [(Rule(held, piece), required(piece)) for held, piece in pieces])


def spans(found: list[Found]) -> list[tuple[str, int, int]]:
    return [(item.entry.intent, item.start, item.end) for item in found]


def test_overlapping_phrases_are_all_found_and_the_longest_wins() -> None:
    exact = search(entry("refuse", "不需要"), entry("affirm", "需要")).find("我不需要", "", NONE)[0]
    assert spans(exact) == [("refuse", 1, 4), ("affirm", 2, 4)]
    assert spans(longest(exact)) == [("refuse", 1, 4)]


def test_intents_of_the_same_words_all_stay() -> None:
    exact = search(entry("a", "哪位"), entry("b", "哪位")).find("哪位", "", NONE)[0]
    assert {item.entry.intent for item in longest(exact)} == {"a", "b"}


def test_an_idiom_swallows_what_stands_inside() -> None:
    exact = search(entry("", "银行"), entry("affirm", "行")).find("银行", "", NONE)[0]
    assert spans(longest(exact)) == [("", 0, 2)]


def test_a_question_does_not_take_the_first_word_of_a_refusal() -> None:
    """太贵不要, said without a pause."""
    price, refusal = Found(1, 3, entry("ask_price", "贵不")), Found(2, 4, entry("refuse", "不要"))
    assert longest([price, refusal]) == [refusal]
    assert longest([price]) == [price]


def test_a_homophone_may_add_but_not_turn_a_refusal_into_a_yes() -> None:
    no, yes = Found(0, 2, entry("refuse", "不用")), Found(0, 4, entry("affirm", "补用可以"), "pinyin", 0.8)
    assert joined([no], [yes], frozenset({"refuse"})) == [no]


def test_particles_do_not_save_a_yes_inside_a_misheard_refusal() -> None:
    yes, no = Found(2, 4, entry("affirm", "要啊")), Found(0, 3, entry("refuse", "不需要"), "pinyin", 0.9)
    assert joined([yes], [no], frozenset({"refuse"})) == [no]


def test_a_stages_own_word_is_heard_inside_a_longer_phrase_that_does_not_deny_it() -> None:
    hesitate, own = Found(0, 6, entry("hesitate", "几个商量好再")), Found(2, 4, entry("商量", "商量", word=True))
    assert with_own_words("几个商量好再定", [hesitate], [hesitate, own]) == [hesitate, own]
    refuse, need = Found(0, 3, entry("refuse", "不需要")), Found(1, 3, entry("需要", "需要", word=True))
    assert with_own_words("不需要", [refuse], [refuse, need]) == [refuse]


def frame(intent: str, phrase: str, start: int, end: int) -> Found:
    return Found(start, end, entry(intent, phrase, fallback=True), "pattern")


def test_a_frame_goes_where_its_clause_asks_something_particular() -> None:
    how, contract = frame("ask_mode", "怎么弄", 2, 5), Found(0, 2, entry("ask_contract", "合同"))
    assert particular("合同怎么弄", [contract, how]) == [contract]
    assert particular("怎么弄", [frame("ask_mode", "怎么弄", 0, 3)])


def test_a_frame_stays_where_another_clause_asks() -> None:
    how, price = frame("ask_mode", "怎么弄", 0, 3), Found(4, 7, entry("ask_price", "多少钱"))
    assert particular("怎么弄,多少钱", [how, price]) == [how, price]


def test_of_two_frames_the_longer_stays() -> None:
    long, short = frame("ask_function", "怎么使用", 2, 6), frame("ask_deploy", "软件", 0, 2)
    assert particular("软件怎么使用", [short, long]) == [long]


def test_to_wait_before_a_question_is_to_wait_for_its_answer() -> None:
    wait, price = frame("ask_wait", "等一下", 0, 3), Found(4, 7, entry("ask_price", "多少钱"))
    assert particular("等一下,多少钱", [wait, price]) == [price]


def test_what_is_told_is_not_asked() -> None:
    price, case = Found(1, 5, entry("ask_price", "花多少钱")), Found(1, 4, entry("ask_case", "看案例"))
    only_told("没花多少钱", [price])
    only_told("不看案例", [case])
    assert price.negated
    assert case.negated
