from __future__ import annotations

import pytest

from corpora.lexicon import Lexicon, SynonymGroup
from corpora.regions import NamedRegion, Regions
from corpora.types import FacetKind
from indexer.analyzer import Analyzer
from retriever.errors import BadQuery
from retriever.understand import MAX_CHARACTERS, Understanding, checked

LEXICON = Lexicon(
    words=("亲情网", "携号转网"),
    synonyms=(SynonymGroup("携号转网", ("转网", "带号转网")), SynonymGroup("亲情网", ("亲情号",))),
)
REGIONS = Regions(
    (NamedRegion("yj", "云江省"), NamedRegion("yj/yundu", "云都市"), NamedRegion("yj/a", "市"))
)


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(Analyzer(LEXICON.words), LEXICON, REGIONS, ("视频彩铃",))


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "……", "？！", "\n\t"])
def test_a_question_without_words_cannot_be_used(text: str) -> None:
    with pytest.raises(BadQuery):
        checked(text)


def test_the_longest_question_is_taken_and_one_sign_more_is_not() -> None:
    assert len(checked("字" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(BadQuery, match="501"):
        checked("字" * (MAX_CHARACTERS + 1))


def test_a_question_says_what_is_asked_about_what(understanding: Understanding) -> None:
    query = understanding.query("59块的亲情网怎么取消")
    assert query.text == "59块的亲情网怎么取消"
    assert query.facets[0] is FacetKind.CANCEL
    assert query.subject == "亲情网"
    assert query.amounts == ("59元",)
    assert query.numbers == {"59"}
    assert query.reading == ""
    assert query.readings == query.normalized


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("发ktllb10到10086", ("KTLLB10", "10086")),
        ("ＫＴＬＬＢ１０怎么退", ("KTLLB10",)),
        ("E2130报错", ("E2130",)),
        ("亲情网", ()),
    ],
)
def test_codes_are_read_in_any_case_and_width(
    understanding: Understanding, text: str, codes: tuple[str, ...]
) -> None:
    assert understanding.query(text).codes == codes


def test_what_customers_say_is_read_in_official_words(understanding: Understanding) -> None:
    query = understanding.query("亲情号怎么退")
    assert query.reading == "亲情网怎么退"
    assert query.readings == "亲情号怎么退\n亲情网怎么退"
    assert query.normalized == "亲情号怎么退"


def test_a_variant_inside_its_official_word_stays(understanding: Understanding) -> None:
    assert understanding.query("携号转网条件").reading == ""


def test_a_region_is_named_with_or_without_its_rank(understanding: Understanding) -> None:
    assert understanding.query("云都宽带").regions == ("yj/yundu",)
    assert understanding.query("云江省和云都市").regions[:2] == ("yj", "yj/yundu")


def test_a_name_that_is_a_rank_alone_is_not_in_every_question(
    understanding: Understanding,
) -> None:
    assert understanding.query("宽带").regions == ()


def test_a_lexicon_without_synonyms_reads_nothing_into_a_question() -> None:
    bare = Understanding(Analyzer(), Lexicon(), Regions(), ())
    query = bare.query("宽带移机")
    assert (query.reading, query.regions, query.codes) == ("", (), ())
