from __future__ import annotations

import pytest

from engine.calls.machine import Graph

TABLE = [("a", "go", "b"), ("*", "end", "z"), ("b", "go", "a"), ("b", "state", "b")]


@pytest.fixture
def graph() -> Graph:
    return Graph(["a", "b", "z"], TABLE, "a")


@pytest.mark.parametrize(
    ("state", "trigger", "then"),
    [
        ("a", "go", "b"),
        ("b", "go", "a"),
        ("a", "end", "z"),
        ("z", "end", "z"),
        ("b", "state", "b"),
        ("z", "go", None),
        ("a", "state", None),
        ("a", "nothing", None),
    ],
)
def test_where_a_trigger_leads(graph: Graph, state: str, trigger: str, then: str | None) -> None:
    assert graph.next(state, trigger) == then


def test_it_keeps_no_place_between_two_questions(graph: Graph) -> None:
    assert graph.next("a", "go") == "b"
    assert graph.next("a", "go") == "b"


def test_the_exits_of_a_state(graph: Graph) -> None:
    assert graph.exits("b") == {"go", "end", "state"}
    assert graph.exits("z") == {"end"}


@pytest.mark.parametrize("edge", [("a", "go", "nowhere"), ("nowhere", "go", "a")])
def test_an_edge_to_nowhere_is_refused_at_once(edge: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="edge 'go': no state 'nowhere'"):
        Graph(["a", "b"], [edge], "a")


@pytest.mark.parametrize("name", ["state", "trigger", "to_a", "__class__", "打招呼", "bye-later", "a b", "None"])
def test_a_stage_may_have_any_name(name: str) -> None:
    graph = Graph(["start", name], [("start", name, name), ("*", "trigger", "start")], "start")
    assert graph.next("start", name) == name
    assert graph.next(name, "trigger") == "start"
