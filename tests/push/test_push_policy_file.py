"""A policy from YAML: what it says holds, what it leaves out keeps its default, mistakes are named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from api.push.policy import Blackout, Cap, Hours, Per, Policy, Waves
from api.push.policy_file import PolicyUnusable, policy_from
from corpora.push_template import Purpose

WHOLE = """
hours: {marketing: 09:00-20:00, care: always}
caps:
  - {purpose: marketing, per: customer, most: 2, days: 7}
waves: {most: 2, gap_days: 5}
blackouts:
  - {name: 考试, first: '06-07', last: '06-09'}
ports: {marketing: '1065812345'}
lifetime_hours: {notice: 2}
order_window_minutes: 10
tries: 3
call_within_hours: 24
"""


def test_everything_that_a_file_says_holds(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(WHOLE, encoding="utf-8")
    policy = policy_from(file)
    assert dict(policy.hours) == {Purpose.MARKETING: Hours(dt.time(9), dt.time(20))}
    assert policy.caps == (Cap(Purpose.MARKETING, Per.CUSTOMER, 2, 7),)
    assert policy.waves == Waves(2, 5)
    assert policy.blackouts == (Blackout("考试", (6, 7), (6, 9)),)
    assert policy.ports[Purpose.MARKETING] == "1065812345"
    assert policy.ports[Purpose.NOTICE] == "10086"
    assert policy.lifetime[Purpose.NOTICE] == dt.timedelta(hours=2)
    assert policy.order_window == dt.timedelta(minutes=10)
    assert (policy.tries, policy.call_within) == (3, dt.timedelta(hours=24))


@pytest.mark.parametrize("text", ["", "{}"])
def test_what_a_file_leaves_out_keeps_its_default(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    assert policy_from(file) == Policy() == policy_from(None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- a", "名称"),
        ("hours: {marketing: 22:00-08:00}", "hours.marketing"),
        ("hours: {marketing: 8点}", "hours.marketing"),
        ("hours: {advert: 08:00-22:00}", "hours.advert"),
        ("caps: [{purpose: marketing, per: customer, most: -1, days: 1}]", "caps.0.most"),
        ("blackouts: [{name: x, first: '02-30', last: '03-01'}]", "blackouts"),
        ("blackouts: [{name: x, first: June, last: '03-01'}]", "blackouts.0.first"),
        ("ports: {marketing: '10086'}", "service port"),
        ("quiet: 1", "quiet"),
        ("a: [", "YAML"),
    ],
)
def test_a_mistake_names_the_file_and_the_field(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyUnusable, match=named) as raised:
        policy_from(file)
    assert "policy.yaml" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyUnusable, match="nowhere"):
        policy_from(tmp_path / "nowhere.yaml")
