"""Retrievers of LangChain: where ids are found, what is said when something is missing."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from eval.errors import SystemBroken
from eval.faqset import FaqSet
from eval.run import run_faqset
from eval.systems.langchain import LangChainOpener, LangChainSystem
from eval.systems.protocol import Asked
from retriever.filters import Filter
from tests.eval.builders import make_question

DAY = dt.date(2026, 11, 1)
ASKED = Asked("亲情网", Filter(DAY), 3)


class Listed(BaseRetriever):
    """Finds whatever it was made with."""

    found: list[Any]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return self.found


class Failing(BaseRetriever):
    """Cannot search."""

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        raise ConnectionError("no index\nat all")


def of(*metadata: Mapping[str, Any]) -> Listed:
    return Listed(found=[Document(page_content="x", metadata=dict(given)) for given in metadata])


def test_each_item_stands_where_its_first_document_stands() -> None:
    retriever = of(*({"item_id": name} for name in "abacabdef"))

    assert LangChainSystem(retriever, "mine").ask(ASKED).ranked == ("a", "b", "c")


@pytest.mark.parametrize(
    ("metadata", "keys", "found"),
    [
        ({"source": "s", "doc_id": "d", "id": "i", "item_id": "t"}, None, "t"),
        ({"source": "s", "doc_id": "d", "id": "i"}, None, "i"),
        ({"source": "s", "doc_id": "d"}, None, "d"),
        ({"source": "s", "item_id": ""}, None, "s"),
        ({"id": 0}, None, "0"),
        ({"item_id": "t", "sku": "k"}, ("sku",), "k"),
    ],
)
def test_the_id_is_looked_for_in_the_metadata(
    metadata: dict[str, Any], keys: tuple[str, ...] | None, found: str
) -> None:
    given = (keys,) if keys else ()

    assert LangChainSystem(of(metadata), "mine", *given).ask(ASKED).ranked == (found,)


def test_the_id_of_the_document_counts_where_the_metadata_has_none() -> None:
    retriever = Listed(found=[Document(page_content="x", id="own", metadata={"page": 3})])

    assert LangChainSystem(retriever, "mine").ask(ASKED).ranked == ("own",)


def test_a_document_without_an_id_names_what_it_has() -> None:
    with pytest.raises(SystemBroken, match=r"找过元数据的 sku，元数据里有 page、title；请用 \?id="):
        LangChainSystem(of({"page": 1, "title": "t"}), "mine", ("sku",)).ask(ASKED)


def test_an_id_of_the_document_is_no_substitute_for_a_key_that_was_named() -> None:
    retriever = Listed(found=[Document(page_content="x", id="a-uuid", metadata={"page": 3})])

    with pytest.raises(SystemBroken, match="元数据里有 page"):
        LangChainSystem(retriever, "mine", ("sku",)).ask(ASKED)


def test_what_is_no_document_is_named() -> None:
    with pytest.raises(SystemBroken, match="mine 给出的是 str，不是 LangChain 的 Document"):
        LangChainSystem(Listed(found=["text"]), "mine").ask(ASKED)


def test_their_error_is_named_with_its_first_line() -> None:
    with pytest.raises(SystemBroken, match=r"mine 出错：ConnectionError：no index$"):
        LangChainSystem(Failing(), "mine").ask(ASKED)


def test_a_retriever_is_measured_as_a_ranking() -> None:
    run = run_faqset(
        FaqSet("题集", DAY, "zh", (make_question(),), file="f.jsonl"),
        LangChainSystem(of({"item_id": "biz-other"}, {"item_id": "biz-family"}), "mine"),
    )

    assert run.metrics["overall"]["measures"]["MRR"]["value"] == 0.5
    assert run.setting["system"]["retriever"].endswith("test_langchain.Listed")


def test_questions_are_not_traced_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from langsmith import utils

    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.1:9")
    seen: list[object] = []

    class Looking(BaseRetriever):
        """Looks whether it is traced."""

        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun
        ) -> list[Document]:
            seen.append(utils.tracing_is_enabled())
            seen.extend(run_manager.handlers)
            return []

    utils.get_env_var.cache_clear()
    try:
        assert utils.tracing_is_enabled()
        LangChainSystem(Looking(), "mine").ask(ASKED)
    finally:
        utils.get_env_var.cache_clear()

    assert seen == [False]


MODULE = """
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_core.embeddings import DeterministicFakeEmbedding

closed = []

class One(BaseRetriever):
    name_of_item: str = "biz-family"

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(page_content=query, metadata={"sku": self.name_of_item})]

    def close(self):
        closed.append(self.name_of_item)

retriever = One()

def make():
    return One(name_of_item="made")

def fails():
    raise OSError("no disk")

def needs(argument):
    return retriever

class inner:
    deep = One(name_of_item="deep")

number = 7
store = InMemoryVectorStore(DeterministicFakeEmbedding(size=4))
"""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Writes modules into the current folder, and forgets them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    names: list[str] = []

    def write(name: str, text: str = MODULE) -> Path:
        names.append(name)
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("attribute", "found"),
    [("retriever", "biz-family"), ("make", "made"), ("One", "biz-family"), ("inner.deep", "deep")],
)
def test_a_module_of_the_current_folder_is_found(
    beside: Callable[..., Path], attribute: str, found: str
) -> None:
    beside("my_search_a")
    opener = LangChainOpener(f"my_search_a:{attribute}", "sku")
    system = opener.open()

    assert system.ask(ASKED).ranked == (found,)
    assert system.describe()["name"] == f"my_search_a:{attribute}"
    assert pickle.loads(pickle.dumps(opener)) == opener


def test_what_was_made_here_is_closed_and_what_was_there_is_not(
    beside: Callable[..., Path],
) -> None:
    beside("my_search_b")
    for attribute in ("make", "retriever"):
        LangChainOpener(f"my_search_b:{attribute}", "sku").open().close()

    assert sys.modules["my_search_b"].closed == ["made"]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("my_search_c", "读不懂；请写成 包.模块:名称"),
        (".my_search_c:make", "读不懂"),
        ("my_search_c:make()", "读不懂"),
        ("no_such_module_x:make", "没有模块 no_such_module_x"),
        ("my_search_c.sub:make", r"my_search_c\.sub"),
        ("my_search_c:retriver", "没有 retriver，是不是想写retriever"),
        ("my_search_c:number", "my_search_c:number 是 int，不是 LangChain 的检索器"),
        ("my_search_c:store", "请用它的 as_retriever"),
        ("my_search_c:fails", "调用时出错：OSError：no disk"),
        ("my_search_c:needs", "调用时出错：TypeError"),
        ("sys:exit", "sys:exit 调用时出错：SystemExit"),
        ("my_search_g:make", "my_search_g 不能导入：SystemExit：3"),
        ("my_search_d:make", "my_search_d 要用的 no_such_library_y 没有安装，请先安装"),
        ("my_search_e:make", "my_search_e 不能导入：ZeroDivisionError"),
        (
            "my_search_f:make",
            r"langchain_no_such 没有安装；请运行 pip install 'zhiku\[langchain\]'",
        ),
    ],
)
def test_a_name_that_opens_nothing_says_which_part_is_wrong(
    beside: Callable[..., Path], target: str, told: str
) -> None:
    beside("my_search_c")
    beside("my_search_d", "import no_such_library_y\n")
    beside("my_search_e", "1 / 0\n")
    beside("my_search_f", "import langchain_no_such\n")
    beside("my_search_g", "raise SystemExit(3)\n")

    with pytest.raises(SystemBroken, match=told):
        LangChainOpener(target).open()


def test_without_the_extra_the_cure_is_told() -> None:
    code = (
        "import sys\n"
        "sys.modules['langchain_core'] = None\n"
        "from eval.systems.langchain import LangChainOpener\n"
        "from eval.errors import SystemBroken\n"
        "try:\n    LangChainOpener('a:b').open()\nexcept SystemBroken as error:\n    print(error)\n"
        "try:\n    import retriever.langchain\nexcept ImportError as error:\n    print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    for line in told.stdout.splitlines():
        assert "pip install 'zhiku[langchain]'" in line
    assert len(told.stdout.splitlines()) == 2
