"""What may stand in the gaps of a message, and in which form the customer reads it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpora.push_template import TARIFF_SCALARS, PlaceholderType
from corpora.types import FacetKind, Tariff
from retriever.push import (
    ConflictingValue,
    IllTypedValue,
    MissingValue,
    PushError,
    UnknownSource,
    UnknownValue,
    known_source,
)
from tests.push.builders import NAME, make_item, make_template, only, rendered, value_in

MONEY, TEXT, DATETIME = PlaceholderType.MONEY, PlaceholderType.TEXT, PlaceholderType.DATETIME
PHONE, CHARDIGIT = PlaceholderType.PHONE, PlaceholderType.CHARDIGIT


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (MONEY, "10", "10元"),
        (MONEY, "0.15", "0.15元"),
        (MONEY, "10.00", "10元"),
        (MONEY, "100", "100元"),
        (MONEY, "0", "0元"),
        (MONEY, " 9.50 ", "9.5元"),
        (DATETIME, "2026-12-01", "2026年12月1日"),
        (DATETIME, "2026-02-09T09:05", "2026年2月9日09:05"),
        (DATETIME, "2026-12-31 23:59:59", "2026年12月31日23:59:59"),
        (PHONE, "13800001234", "13800001234"),
        (PHONE, "138****1234", "138****1234"),
        (PHONE, "10086", "10086"),
        (PHONE, "0371-1234567", "0371-1234567"),
        (PHONE, "400-810-0000", "400-810-0000"),
        (CHARDIGIT, "TDLLB10", "TDLLB10"),
        (CHARDIGIT, "007", "007"),
        (TEXT, "全球通 129 元档（5G）", "全球通 129 元档（5G）"),
        (TEXT, "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ],
)
def test_a_well_typed_value_reads_as_customers_expect(
    kind: PlaceholderType, given: str, read: str
) -> None:
    assert value_in(rendered(only(kind), {"gap": given})) == read


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *((MONEY, bad) for bad in ("10元", "-1", "1e3", "1,000", "0.155", "007", "１０", "免费")),
        *((DATETIME, bad) for bad in ("2026-02-30", "2026年12月1日", "20261201")),
        *((DATETIME, bad) for bad in ("2026-12-01T09:00+08:00", "2026-12-01T25:00", "0000-01-01")),
        *((PHONE, bad) for bad in ("12345678901", "1380000123", "٠١٢٣٤٥٦٧٨٩٠", "打10086", "110a")),
        *((CHARDIGIT, bad) for bad in ("流量", "A B", "a.b", "A\nB", "A" * 31)),
        *((TEXT, bad) for bad in ("【中国银行】", "a】", "{{ fee }}", "a}", "a\nb", "a\x00b")),
        *((TEXT, bad) for bad in ("a\u202eb", "a\u200bb", "a\u2028b", "a\ud800b", "长" * 31)),
    ],
)
def test_an_ill_typed_value_is_refused_by_name(kind: PlaceholderType, given: str) -> None:
    with pytest.raises(IllTypedValue, match="变量gap") as refused:
        rendered(only(kind), {"gap": given})
    assert refused.value.field == "gap"
    assert refused.value.mend
    assert refused.value.code == "ill_typed_value"


def test_the_error_tells_how_to_write_money() -> None:
    with pytest.raises(IllTypedValue, match=r"“10元”不是金额，应写成10或0\.15"):
        rendered(only(MONEY), {"gap": "10元"})


def test_an_error_never_repeats_a_phone_number() -> None:
    with pytest.raises(IllTypedValue) as refused:
        rendered(only(PHONE), {"gap": "1380000123"})
    assert "1380000123" not in str(refused.value)


def test_a_text_may_be_as_long_as_its_placeholder_says_and_no_longer() -> None:
    template = only(TEXT, max_length=3)
    assert value_in(rendered(template, {"gap": "三个字"})) == "三个字"
    with pytest.raises(IllTypedValue, match="共4字，超过3字"):
        rendered(template, {"gap": "四个字了"})


@pytest.mark.parametrize(
    ("source", "kind", "read"),
    [
        ("item.title", TEXT, "10元1GB流量月包"),
        ("item.id", CHARDIGIT, "llb-m10"),
        ("item.effective_to", DATETIME, "2026年12月1日"),
        ("item.tariff.monthly_fee", MONEY, "10元"),
        ("item.tariff.over_voice_per_minute", MONEY, "0.15元"),
        ("item.tariff.validity_days", CHARDIGIT, "30"),
        ("item.tariff.first_month", TEXT, "全额"),
        ("item.actions.open.sms", CHARDIGIT, "TDLLB10"),
    ],
)
def test_an_item_fills_its_placeholder(source: str, kind: PlaceholderType, read: str) -> None:
    assert value_in(rendered(only(kind, source=source), item=make_item())) == read


@pytest.mark.parametrize("fee", ["1E+1", "10.00", "10"])
def test_money_never_shows_an_exponent_or_idle_zeros(fee: str) -> None:
    item = make_item(tariff=Tariff(monthly_fee=Decimal(fee)))
    template = only(MONEY, source="item.tariff.monthly_fee")
    assert value_in(rendered(template, item=item)) == "10元"


@pytest.mark.parametrize(
    "source",
    [
        "item.facets",
        "item.facets.price.official",
        "item.facets.0.customer",
        "item.tariff.data",
        "item.tariff.price_book",
        "item.tariff.__class__",
        "item.tariff",
        "item.actions.open.boss",
        "item.actions.steal.sms",
        "item.title\n",
        "item.__class__",
        "item.owner",
        "title",
    ],
)
def test_a_source_outside_the_list_is_refused_even_when_the_caller_fills_it(source: str) -> None:
    assert not known_source(source)
    with pytest.raises(UnknownSource, match="变量gap"):
        rendered(only(TEXT, source=source), {"gap": "值"}, item=make_item())


def test_no_listed_source_reaches_a_facet() -> None:
    sources = [
        "item.id",
        "item.title",
        "item.effective_to",
        *(f"item.tariff.{scalar}" for scalar in TARIFF_SCALARS),
        *(f"item.actions.{kind}.sms" for kind in ("open", "cancel", "change", "check", "report")),
    ]
    assert all(known_source(source) for source in sources)
    for source in sources:
        try:
            text = rendered(only(TEXT, source=source), item=make_item()).text
        except MissingValue:
            continue
        assert "秘密" not in text
    assert not any(known_source(f"item.facets.{kind}") for kind in FacetKind)


def test_all_missing_values_are_named_at_once() -> None:
    with pytest.raises(MissingValue, match="title、fee") as refused:
        rendered(make_template())
    assert refused.value.names == ("title", "fee")
    assert refused.value.field == "title"


def test_a_blank_counts_as_missing() -> None:
    with pytest.raises(MissingValue, match="name"):
        rendered(make_template("尊敬的{{ name }}您好。", NAME), {"name": " \u3000"})


def test_an_item_without_the_field_leaves_the_gap_to_the_caller() -> None:
    item = make_item(tariff=Tariff())
    with pytest.raises(MissingValue, match="fee"):
        rendered(make_template(), item=item)
    assert "每月12元" in rendered(make_template(), {"fee": "12"}, item=item).text


def test_a_value_that_the_template_does_not_know_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UnknownValue, match=r"模板没有变量price，.*title、fee"):
        rendered(make_template(), {"price": "10"}, item=make_item())


def test_a_caller_cannot_change_the_price_that_the_item_states() -> None:
    with pytest.raises(ConflictingValue, match=r"变量fee.*“10元”") as refused:
        rendered(make_template(), {"fee": "1"}, item=make_item())
    assert refused.value.field == "fee"


def test_a_caller_may_repeat_what_the_item_states() -> None:
    assert "每月10元" in rendered(make_template(), {"fee": "10.0"}, item=make_item()).text


def test_a_title_that_would_forge_a_signature_never_leaves() -> None:
    with pytest.raises(IllTypedValue, match="title"):
        rendered(make_template(), item=make_item(title="【别家】流量包"))


def test_every_error_has_a_code_of_its_own() -> None:
    errors: list[type[PushError]] = [PushError, *PushError.__subclasses__()]
    codes = [error.code for error in errors]
    assert len(set(codes)) == len(codes)
