"""An index made by a server: found by words while it is away, by meaning again when it is back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.build import stage
from indexer.encoders.catalog import open_encoder
from indexer.encoders.models_at import ModelsAt, ServerSettings
from indexer.encoders.server import encoder as server_encoder
from indexer.errors import IndexMismatch
from retriever.opening import open_knowledge_base
from tests.builders import CREATED_AT, make_filter, make_item, make_release
from tests.real.embedding_server import EmbeddingServer

pytestmark = pytest.mark.real

ITEMS = (
    make_item("card", "补卡要带什么", similar_questions=("手机丢了怎么补卡",)),
    make_item("move", "宽带移机", similar_questions=("宽带搬家",)),
)
QUESTION = "手机丢了怎么补卡"


def published(root: Path, name: str) -> str:
    """A small index that the server's model made, and its URL."""
    writer = EmbeddedWriter(root / "index")
    encoder = open_encoder(name, root)
    built = stage(make_release(*ITEMS), encoder, writer, root / "cache", created_at=CREATED_AT)
    writer.publish(built.version)
    return f"file:{root / 'index'}"


def test_words_answer_while_the_server_is_away_and_meaning_when_it_is_back(
    own_server: EmbeddingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_encoder, "_REST", 0.2)
    name = own_server.named("hash")
    index = published(tmp_path, name)
    models = ModelsAt(tmp_path, ServerSettings(timeout=1.0))
    own_server.kill()
    base = open_knowledge_base(index, models=models)  # a restart of ours does not need theirs
    assert base.manifest.encoder == name
    page = base.search(QUESTION, make_filter(), 3)
    assert page.degraded == ("semantic",)
    assert page.hits[0].held.item.id == "card"
    own_server.start()
    time.sleep(0.3)
    page = base.search(QUESTION, make_filter(), 3)
    assert page.degraded == ()
    assert page.hits[0].evidence.semantic > 0.9
    own_server.kill()
    assert base.search("宽带搬家", make_filter(), 3).degraded == ("semantic",)
    base.close()


def test_an_index_is_read_through_the_address_that_the_deployment_names(
    own_server: EmbeddingServer, embedding_server: EmbeddingServer, tmp_path: Path
) -> None:
    index = published(tmp_path, own_server.named("hash"))
    own_server.kill()
    models = ModelsAt(tmp_path, wanted=embedding_server.named("hash"))
    base = open_knowledge_base(index, models=models)
    assert base.search(QUESTION, make_filter(), 3).degraded == ()
    base.close()


def test_an_index_of_another_model_under_the_same_name_is_refused(
    embedding_server: EmbeddingServer, tmp_path: Path
) -> None:
    model = "hash!swapped!after=2!same-name"
    index = published(tmp_path, embedding_server.named(model))
    assert len(embedding_server.calls(model)) == 2
    with pytest.raises(IndexMismatch, match="重建"):
        open_knowledge_base(index, models=tmp_path)
