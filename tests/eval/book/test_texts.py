"""Texts in cells: what is kept, what is replaced, and lists inside one cell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eval.book.texts import LONGEST, joined, letters, safe, split, units, unkeepable

ENTRY = st.text(min_size=1).map(str.strip).filter(bool)


@given(st.lists(ENTRY))
def test_a_list_comes_back_from_one_cell_whatever_its_entries_hold(entries: list[str]) -> None:
    assert split(joined(entries)) == tuple(entries)


@given(st.lists(ENTRY))
def test_a_list_of_codes_comes_back_although_commas_separate_it_too(entries: list[str]) -> None:
    assert split(joined(entries), "、；;\n,，") == tuple(entries)


def test_people_may_separate_with_any_of_the_marks_and_too_many_of_them() -> None:
    assert split("10GB、100分钟；5元;次月\n\n本月、") == ("10GB", "100分钟", "5元", "次月", "本月")


@given(st.text())
def test_a_safe_text_has_nothing_left_that_a_workbook_cannot_hold(text: str) -> None:
    kept = safe(text)

    assert unkeepable(kept.replace("_x005F_", "_")) in ("", unkeepable(text))
    assert "\r" not in kept
    assert units(kept) <= LONGEST


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    cut = safe("😀" * LONGEST)

    assert units(cut) <= LONGEST
    assert cut.startswith("😀😀")
    assert cut.endswith("（太长，后面的没有写进来）")


def test_what_a_spreadsheet_reads_as_a_spelt_character_stays_as_it_was_written() -> None:
    assert safe("_x0041_") == "_x005F_x0041_"


def test_columns_are_counted_in_letters() -> None:
    assert [letters(n) for n in (1, 26, 27, 52, 53, 702, 703)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
