"""What ``--system`` may say."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpora.settings import Settings
from eval.errors import SystemBroken
from eval.systems.baselines import NAMES, BaselineOpener
from eval.systems.endpoint import EndpointOpener
from eval.systems.index import IndexOpener
from eval.systems.langchain import LangChainOpener
from eval.systems.protocol import Opener
from eval.systems.service import ServiceOpener
from eval.systems.spec import opener_of
from eval.systems.trec import TrecOpener
from indexer.encoders.models_at import ModelsAt
from indexer.location import IndexAt

DAY = dt.date(2026, 11, 1)
SETTINGS = replace(
    Settings(), index_url="file:here", api_keys=("first", "second"), signature="甲乙移动"
)
MODELS = ModelsAt(Path("var/models"))
OWN = IndexOpener(IndexAt("file:here"), MODELS, None, "甲乙移动")


def opened(spec: str) -> Opener:
    return opener_of(spec, settings=SETTINGS, as_of=DAY, faqset=Path("f.jsonl"))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", OWN),
        ("index", OWN),
        (" index ", OWN),
        ("file:other/index", replace(OWN, index=IndexAt("file:other/index"))),
        ("http://h:8000", ServiceOpener("http://h:8000", "first")),
        ("HTTPS://h/zhiku", ServiceOpener("HTTPS://h/zhiku", "first")),
        (
            "https://h/s?q={query}#hits.id",
            EndpointOpener("https://h/s?q={query}", "hits.id"),
        ),
        ("langchain:my.search:retriever", LangChainOpener("my.search:retriever")),
        ("langchain:my.search:make?id=key", LangChainOpener("my.search:make", "key")),
        ("trec:runs/a.run", TrecOpener(Path("runs/a.run"), Path("f.jsonl"))),
        ("bm25", BaselineOpener("bm25", IndexAt("file:here"), MODELS, DAY)),
        ("dense", BaselineOpener("dense", IndexAt("file:here"), MODELS, DAY)),
        ("ensemble", BaselineOpener("ensemble", IndexAt("file:here"), MODELS, DAY)),
    ],
)
def test_each_form_opens_what_it_names(spec: str, expected: Any) -> None:
    opener = opened(spec)

    assert opener == expected
    assert pickle.loads(pickle.dumps(opener)) == opener


def test_a_file_of_an_endpoint_is_read(tmp_path: Path) -> None:
    path = tmp_path / "e.yaml"
    path.write_text("url: http://h/?q={query}\nids: .\n", encoding="utf-8")

    assert opened(f"endpoint:{path}") == EndpointOpener("http://h/?q={query}", ".")


def test_without_a_key_a_service_is_asked_without_one() -> None:
    opener = opener_of("http://h", settings=Settings(), as_of=DAY, faqset=Path())

    assert opener == ServiceOpener("http://h", "")


@pytest.mark.parametrize(
    "spec", ["bm52", "elastic", "trec:", "endpoint:", "ftp://me:pw@host/x", "C:\\index", "file:"]
)
def test_what_means_nothing_lists_what_can_be_written(spec: str) -> None:
    with pytest.raises(SystemBroken) as caught:
        opened(spec)

    told = str(caught.value)
    empty = spec.endswith(":")
    assert ("的冒号后面是空的" if empty else "不认识的系统") in told
    assert "是不是想写file" not in told
    assert "pw" not in told
    for form in ("index", "file:目录", "http://", "{query}", "endpoint:", "langchain:", *NAMES):
        assert form in told


def test_a_near_miss_is_recognised() -> None:
    with pytest.raises(SystemBroken, match="是不是想写bm25"):
        opened("bm52")


@pytest.mark.parametrize("spec", ["langchain:a:b?key=x", "langchain:a:b?id=", "langchain:a:b?x"])
def test_options_of_a_retriever_are_checked(spec: str) -> None:
    with pytest.raises(SystemBroken, match="只能写 id="):
        opened(spec)


def test_an_address_with_a_query_but_no_question_is_told_so() -> None:
    with pytest.raises(SystemBroken, match=r"没有 \{query\}"):
        opened("http://h/s?q=x#id")


def test_naming_the_index_imports_no_vendor() -> None:
    code = (
        "import sys, datetime as dt\n"
        "from pathlib import Path\n"
        "from corpora.settings import Settings\n"
        "from eval.systems.spec import opener_of\n"
        "opener_of('', settings=Settings(), as_of=dt.date.today(), faqset=Path())\n"
        "print([m for m in ('httpx', 'langchain_core', 'langsmith', 'jieba') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )

    assert told.stdout.strip() == "[]"


def test_a_name_in_capitals_is_recognised() -> None:
    with pytest.raises(SystemBroken, match="是不是想写bm25"):
        opened("BM25")
