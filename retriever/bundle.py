"""What a tariff includes, and what a usage costs beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from corpora.types import DataAllowance, DataKind, Tariff
from retriever.charge import Remark, Term
from retriever.quantity import Quantity, equation, stated, total
from retriever.usage import MissingField, Usage, required

_ZERO: Final = Decimal(0)
_KIND_NAMES: Final = {DataKind.DIRECTED: "定向流量", DataKind.OFF_PEAK: "闲时流量"}
_KIND_HOLDS: Final = {DataKind.DIRECTED: "只抵名单内应用", DataKind.OFF_PEAK: "只抵闲时"}


def never_charges_data(tariff: Tariff) -> bool:
    """Whether data becomes slow instead of costly (达量限速)."""
    return tariff.throttle_gb is not None and tariff.over_data_per_gb is None


def included_general(tariff: Tariff, usage: Usage) -> Quantity:
    """The general data included, in GB; what is charged by the day includes it each day."""
    if usage.beyond:
        return total([])
    included = _included(tariff, DataKind.GENERAL)
    if tariff.daily_fee is not None and usage.days is not None and included.value:
        return included * stated(usage.days, "usage.days")
    return included


def used_general(tariff: Tariff, usage: Usage, share: Decimal = Decimal(1)) -> Quantity:
    """What draws on the general data, in GB: its own use, and what other kinds have no more of.

    ``share`` is the part of the other kinds' allowances that is there.
    """
    used = [stated(usage.gb, "usage.gb")] if usage.gb else []
    for kind, gb, field in _other_kinds(usage):
        own = _included(tariff, kind)
        if gb > own.value * share:
            rest = stated(gb, field) - own if own.value else stated(gb, field)
            used.append(rest.solved)
    return total(used)


def beyond_terms(tariff: Tariff, usage: Usage) -> tuple[list[Term], list[Remark]]:
    """What goes beyond the bundle: data, calls, messages; nothing where nothing does."""
    terms, remarks = _data(tariff, usage)
    minutes, messages = _used(usage.minutes, "minutes"), _used(usage.sms, "sms")
    allowed_minutes = None if usage.beyond else tariff.voice_minutes
    allowed_messages = None if usage.beyond else tariff.sms_count
    if minutes.value > (allowed_minutes or 0):
        price = required(tariff.over_voice_per_minute, "over_voice_per_minute")
        over = _over(minutes, allowed_minutes, "tariff.voice_minutes")
        terms.append(_units(("通话", "分钟"), over, stated(price, "tariff.over_voice_per_minute")))
    if messages.value > (allowed_messages or 0):
        price = required(tariff.over_sms, "over_sms")
        over = _over(messages, allowed_messages, "tariff.sms_count")
        terms.append(_units(("短信", "条"), over, stated(price, "tariff.over_sms")))
    return terms, remarks


def within(tariff: Tariff, usage: Usage, share: Decimal = Decimal(1)) -> list[Remark] | None:
    """What is used and included, where that ``share`` of the bundle covers the usage; else None."""
    if usage.beyond and not usage.is_empty:
        return None
    used, included = used_general(tariff, usage, share), included_general(tariff, usage)
    bundle = [
        (
            "通话",
            "分钟",
            _used(usage.minutes, "minutes"),
            _in(tariff.voice_minutes, "voice_minutes"),
        ),
        ("短信", "条", _used(usage.sms, "sms"), _in(tariff.sms_count, "sms_count")),
    ]
    if not never_charges_data(tariff):
        bundle.insert(0, ("流量", "GB", used, included.solved))
    if any(use.value > most.value * share for _, _, use, most in bundle):
        return None
    return [
        Remark(
            f"{what}用了{use.written}{unit}，套餐内有{most.written}{unit}，没有超出",
            use.solved.numbers + most.numbers,
        )
        for what, unit, use, most in bundle
        if use.value
    ]


def _used(count: int | None, name: str) -> Quantity:
    return stated(count or 0, f"usage.{name}")


def _in(count: int | None, name: str) -> Quantity:
    return stated(count or 0, f"tariff.{name}")


def _data(tariff: Tariff, usage: Usage) -> tuple[list[Term], list[Remark]]:
    used = used_general(tariff, usage)
    if never_charges_data(tariff):
        return [], _slowed(tariff, usage, used)
    included = included_general(tariff, usage)
    if used.value <= included.value:
        return [], []
    if tariff.over_data_per_gb is None:
        raise MissingField("over_data_per_gb" if tariff.data else "data")
    over = used - included if included.value else used
    price = stated(tariff.over_data_per_gb, "tariff.over_data_per_gb")
    cost = over * price
    remarks = [] if usage.beyond else _not_counted(tariff, usage)
    if tariff.over_data_cap is None or cost.value <= tariff.over_data_cap:
        words = f"流量超出{over.written}GB，每GB收{price.written}元"
        return [Term(cost, words, over.solved.numbers)], remarks
    cap = stated(tariff.over_data_cap, "tariff.over_data_cap")
    words = f"流量超出{over.written}GB，流量费{cap.written}元封顶"
    uncapped = Remark(
        f"超出的流量按单价是{equation(cost, unit='元')}，到{cap.written}元封顶，多的不收",
        (*cost.solved.numbers, *cap.numbers),
    )
    return [Term(cap, words, over.solved.numbers)], [uncapped, *remarks]


def _over(used: Quantity, allowed: int | None, field: str) -> Quantity:
    return used - stated(allowed, field) if allowed else used


def _units(names: tuple[str, str], over: Quantity, price: Quantity) -> Term:
    what, unit = names
    words = f"{what}超出{over.written}{unit}，每{unit}收{price.written}元"
    return Term(over * price, words, over.solved.numbers)


def _slowed(tariff: Tariff, usage: Usage, used: Quantity) -> list[Remark]:
    """That data beyond the threshold is slow and free, where the use goes that far."""
    threshold = stated(required(tariff.throttle_gb, "throttle_gb"), "tariff.throttle_gb")
    if not usage.beyond and used.value <= threshold.value:
        return []
    text, numbers = f"流量用到{threshold.written}GB后限速", threshold.numbers
    if tariff.throttle_mbps is not None:
        speed = stated(tariff.throttle_mbps, "tariff.throttle_mbps")
        text, numbers = f"{text}到{speed.written}Mbps", numbers + speed.numbers
    return [Remark(f"{text}，不另收流量费", numbers)]


def _not_counted(tariff: Tariff, usage: Usage) -> list[Remark]:
    """What could make the data beyond the bundle less, and is not known here."""
    given = {kind for kind, _, _ in _other_kinds(usage)}
    remarks = []
    for kind, name in _KIND_NAMES.items():
        own = _included(tariff, kind)
        if own.value and kind not in given:
            text = f"另有{own.written}GB{name}{_KIND_HOLDS[kind]}，这里没有抵扣"
            remarks.append(Remark(text, own.numbers))
    if carried := [a for a in tariff.data if a.carry_over]:
        numbers = tuple(n for a in carried for n in _stated(a).numbers)
        remarks.append(Remark("上月结转来的流量先用，这里没有计入", numbers))
    if tariff.share_limit:
        limit = stated(tariff.share_limit, "tariff.share_limit")
        text = f"流量可以和{limit.written}个号码共用，用量要按合起来的算"
        remarks.append(Remark(text, limit.numbers))
    return remarks


def _included(tariff: Tariff, kind: DataKind) -> Quantity:
    return total([_stated(allowance) for allowance in tariff.data if allowance.kind is kind])


def _stated(allowance: DataAllowance) -> Quantity:
    return stated(allowance.gb, f"tariff.data.{allowance.kind.value}")


def _other_kinds(usage: Usage) -> Iterator[tuple[DataKind, Decimal, str]]:
    if usage.directed_gb is not None:
        yield DataKind.DIRECTED, usage.directed_gb, "usage.directed_gb"
    if usage.off_peak_gb is not None:
        yield DataKind.OFF_PEAK, usage.off_peak_gb, "usage.off_peak_gb"
