"""Every engine against the contract of searchers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from indexer.backends.protocol import StagedContent
from retriever.backends.protocol import Searcher
from tests.builders import open_published
from tests.contract.brute_force import BruteForceSearcher
from tests.contract.content_contract import ContentContract
from tests.contract.elastic import Aliases
from tests.contract.searcher_contract import Opened


class TestBruteForce(ContentContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Opened:
        return BruteForceSearcher


class TestEmbedded(ContentContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, tmp_path_factory: pytest.TempPathFactory) -> Opened:
        root, number = tmp_path_factory.mktemp("embedded"), itertools.count()

        def opened(content: StagedContent) -> Searcher:
            return open_published(root / str(next(number)), content)

        return opened


class TestEmbeddedWithCodes(ContentContract):
    """Small partitions too get RaBitQ codes; libraries here have more rows than are rescored."""

    exact_vectors = False

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, tmp_path_factory: pytest.TempPathFactory) -> Opened:
        root, number = tmp_path_factory.mktemp("codes"), itertools.count()

        def opened(content: StagedContent) -> Searcher:
            return open_published(root / str(next(number)), content, flat_up_to=20)

        return opened

    def test_the_content_is_large_enough_to_be_estimated(
        self, searcher: Searcher, content: StagedContent
    ) -> None:
        assert {p.vector_index for p in searcher.manifest.partitions} == {"rabitq"}
        assert max(p.rows for p in searcher.manifest.partitions) > 600


@pytest.mark.real
class TestElastic(ContentContract):
    """A real node; vectors are scanned exactly."""

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, elastic_url: str) -> Iterator[Opened]:
        aliases = Aliases(elastic_url, "flat")
        yield aliases.opened
        aliases.close()


@pytest.mark.real
class TestElasticWithGraphs(ContentContract):
    """Small sub-libraries too get an HNSW graph over int8 codes."""

    exact_vectors = False

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, elastic_url: str) -> Iterator[Opened]:
        aliases = Aliases(elastic_url, "graphs")
        yield lambda content: aliases.opened(content, flat_up_to=20)
        aliases.close()

    def test_the_content_is_large_enough_to_be_estimated(
        self, searcher: Searcher, content: StagedContent
    ) -> None:
        assert {p.vector_index for p in searcher.manifest.partitions} == {"int8_hnsw"}
