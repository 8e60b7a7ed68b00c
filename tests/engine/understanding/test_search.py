from engine.understanding.entry import Entry, Found
from engine.understanding.overlap import longest
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


def test_a_homophone_is_found_as_such() -> None:
    exact, alike, _ = search(entry("ask_price", "多少钱")).find("多少前啊", "", NONE)
    assert not exact
    assert [(item.how, item.score, item.end) for item in alike] == [("pinyin", 0.9, 3)]


def test_a_homophone_of_two_syllables_must_stand_alone() -> None:
    words = search(entry("refuse", "不行"))
    assert words.find("步行", "", NONE)[1]
    assert not words.find("我是步行过去的", "", NONE)[1]


def test_a_pattern_runs_where_its_words_are() -> None:
    words = search(patterns=(("refuse", "(不|没)(太)?感兴趣"),))
    assert spans(words.find("我不太感兴趣", "", NONE)[0]) == [("refuse", 1, 6)]
    assert [item.how for item in words.find("我不太敢兴趣", "", NONE)[1]] == ["pinyin"]


def test_words_of_a_stage_count_only_there() -> None:
    words = search(entry("外包的", "外包的", word=True), entry("deny", "外包"))
    assert spans(longest(words.find("外包的", "", NONE)[0])) == [("deny", 0, 2)]
    assert spans(longest(words.find("外包的", "", frozenset({"外包的"}))[0])) == [("外包的", 0, 3)]


def test_roles_limit_a_phrase() -> None:
    words = search(entry("deny", "没有", roles=frozenset({"discovery"})))
    assert not words.find("没有", "invitation", NONE)[0]
    assert words.find("没有", "discovery", NONE)[0]


def test_a_single_character_must_be_all_that_is_said() -> None:
    words = search(entry("affirm", "行", whole=True))
    assert words.find("嗯行啊", "", NONE)[0]
    assert not words.find("行业", "", NONE)[0]


def test_a_phrase_is_not_found_inside_its_exception() -> None:
    words = search(entry("do_not_call", "别打", unless=("别打字",)))
    assert not words.find("你别打字了", "", NONE)[0]
    assert words.find("你别打了", "", NONE)[0]


def test_what_sounds_like_a_phrase_is_not_found_in_what_sounds_like_its_exception() -> None:
    words = search(entry("ask_wait", "接个电话", unless=("接个电话就收",)))
    assert words.find("我借个电话", "", NONE)[1]
    assert not words.find("我借个电话就收费吗", "", NONE)[1]
    piece = parse("(真|活)人打")
    calls = Search((), [(Rule(entry("want_human", "(真|活)人打", unless=("人打电话",)), piece), required(piece))])
    assert calls.find("针人打我", "", NONE)[1]
    assert not calls.find("针人大电话", "", NONE)[1]


def test_an_exception_that_sounds_like_the_phrase_itself_is_one_of_spelling() -> None:
    words = search(entry("abuse", "你有病吧", unless=("有冰",)))
    assert words.find("你有并吧", "", NONE)[1]
    assert not words.find("你有冰吧", "", NONE)[1]


def test_a_word_in_letters_needs_its_edges() -> None:
    words = search(entry("affirm", "ok"))
    assert words.find("ok的", "", NONE)[0]
    assert not words.find("book", "", NONE)[0]


def test_a_pattern_runs_only_where_all_its_characters_are() -> None:
    rule = Rule(entry("want_material", "发.{0,3}(短信|资料)"), parse("发.{0,3}(短信|资料)"))
    assert [set(chars) for chars in rule.needed()] == [{"发"}, set()]
    words = search(patterns=(("want_material", "发.{0,3}(短信|资料)"),))
    assert not words.find("看一下资料", "", NONE)[0]
    assert spans(words.find("发一下资料", "", NONE)[0]) == [("want_material", 0, 5)]


def test_patterns_of_single_characters_are_found_without_the_automaton() -> None:
    words = search(patterns=(("affirm", "^(行|好){1,2}$"), ("refuse", "不.{0,2}要")))
    assert spans(words.find("行行", "", NONE)[0]) == [("affirm", 0, 2)]
    assert spans(words.find("不太想要", "", NONE)[0]) == [("refuse", 0, 4)]


def test_a_lexicon_of_nothing_finds_nothing() -> None:
    assert search().find("多少钱", "", NONE) == ([], [], [])
