from __future__ import annotations

import pytest

from corpora.types import Region
from corpora.versions import ItemVersion
from retriever.collapse import best_by_family, chosen_member
from retriever.retriever import Retriever
from retriever.types import Evidence, FoundPassage
from tests.builders import make_filter, make_held, make_item, open_items
from tests.encoders import HashEncoder

VARIANTS = {
    "net": "",
    "net-yj": "yj",
    "net-yundu": "yj/yundu",
    "net-linhe": "yj/linhe",
    "net-h01": "yj/yundu/h01",
}


def held_in(item_id: str, region: str) -> ItemVersion:
    family = "" if item_id == "net" else "net"
    return make_held(make_item(item_id, "宽带安装费", region=region, variant_of=family))


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    held = [held_in(item_id, region) for item_id, region in VARIANTS.items()]
    other = make_item("other", "亲情网")
    return Retriever(open_items(tmp_path_factory.mktemp("index"), *held, other), HashEncoder())


@pytest.mark.parametrize(
    ("region", "shown"),
    [
        ("", "net"),
        ("yj", "net-yj"),
        ("yj/yundu", "net-yundu"),
        ("yj/linhe", "net-linhe"),
        ("yj/yundu/h01", "net-h01"),
        ("yj/yundu/h02", "net-yundu"),
        ("yj/beishan", "net-yj"),
        ("bx/city", "net"),
    ],
)
def test_a_reader_gets_the_most_local_variant_and_each_family_once(
    retriever: Retriever, region: str, shown: str
) -> None:
    hits = retriever.search("宽带安装费", make_filter(region=region), 10).hits
    families = [hit.held.item.family for hit in hits]
    assert len(set(families)) == len(families)
    assert hits[0].item_id == shown


def test_without_a_region_the_variant_that_holds_most_widely_is_shown() -> None:
    members = [held_in("net-h01", "yj/yundu/h01"), held_in("net-yj", "yj"), held_in("net", "")]
    assert chosen_member(members, None).item.id == "net"
    assert chosen_member(members[:2], None).item.id == "net-yj"
    assert chosen_member(members, Region("yj/yundu/h01")).item.id == "net-h01"


def test_of_equally_wide_variants_the_first_by_id_is_shown() -> None:
    members = [
        held_in("net-h01", "yj/yundu/h01"),
        held_in("net-a", "yj/a"),
        held_in("net-b", "yj/b"),
    ]
    assert chosen_member(members, None).item.id == "net-a"


def test_a_region_that_the_question_names_chooses_for_a_reader_without_one() -> None:
    members = [held_in("net-a", "yj/a"), held_in("net-b", "yj/b"), held_in("net", "")]
    assert chosen_member(members, None, ["yj/b"]).item.id == "net-b"
    assert chosen_member(members, None, ["yj/c"]).item.id == "net"
    assert chosen_member(members, Region("yj/a"), ["yj/b"]).item.id == "net-a"


def test_a_family_has_the_evidence_of_its_best_passage() -> None:
    passages = {
        name: FoundPassage(name, item, 1, family, "title", "", "", None)
        for name, item, family in [("p1", "a", "f"), ("p2", "b", "f"), ("p3", "c", "c")]
    }
    evidence = [
        Evidence(name, 0.0, 0.0, score) for name, score in (("p3", 3.0), ("p1", 2.0), ("p2", 1.0))
    ]
    best = best_by_family(evidence, passages)
    assert {family: entry.passage_id for family, entry in best.items()} == {"c": "p3", "f": "p1"}
    assert list(best) == ["c", "f"]
