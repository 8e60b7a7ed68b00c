"""One spelling for each number."""

from __future__ import annotations

import pytest

from server.outbox.number import account, plain


@pytest.mark.parametrize(
    ("told", "spelled"),
    [
        ("13800001234", "13800001234"),
        ("+86 138-0000-1234", "13800001234"),
        ("0086 138 0000 1234", "13800001234"),
        ("8613800001234", "13800001234"),
        ("013800001234", "13800001234"),
        ("（138）00001234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("sip:013800001234@gw.example;user=phone", "13800001234"),
        ("tel:+86-10-8888-8888", "01088888888"),
        ("010-88888888", "01088888888"),
        ("+86 755 2222 3333", "075522223333"),
        ("95533", "95533"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("001 415 555 0100", "+14155550100"),
        ("", ""),
        ("anonymous", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("12", ""),
    ],
)
def test_a_number_has_one_spelling(told: str, spelled: str) -> None:
    assert plain(told) == spelled
    assert plain(plain(told)) == spelled


@pytest.mark.parametrize(("told", "spelled"), [("Wang_Li88", "wang_li88"), ("+86 13800001234", "13800001234")])
def test_an_account_may_be_a_name_or_a_number(told: str, spelled: str) -> None:
    assert account(told) == spelled
