"""The model hub as a source, against a small server that answers as the hub does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from indexer.encoders.model_sources import BGE_SMALL_ZH, HubSource, SourceKind
from indexer.encoders.model_store import FileState, fetch_model, model_states
from indexer.encoders.protocol import ModelUnavailable
from tests.indexer.model_folders import MODEL, TOKENIZER, leftovers


class Hub:
    """Serves files by hub path; remembers which were downloaded."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.downloaded: list[str] = []
        self._prefix = f"/{BGE_SMALL_ZH.hub_repository}/resolve/main/"
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def _answer(self, *, with_body: bool) -> None:
                name = self.path.removeprefix(hub._prefix)
                body = hub.files.get(name)
                if body is None:
                    self.send_response(404)
                    self.send_header("X-Error-Code", "EntryNotFound")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("X-Repo-Commit", "0" * 40)
                self.send_header("ETag", f'"{hub.etag(name)}"')
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if with_body:
                    hub.downloaded.append(name)
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def etag(self, name: str) -> str:
        """Large files have their sha256 for an ETag, small ones git's sum."""
        body = self.files[name]
        return hashlib.sha256(body).hexdigest() if name == MODEL.hub_path else "1" * 40

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hub(models: Path) -> Iterator[Hub]:
    folder = models / BGE_SMALL_ZH.name
    hub = Hub({file.hub_path: (folder / file.name).read_bytes() for file in BGE_SMALL_ZH.files})
    yield hub
    hub.close()


def test_the_same_files_on_the_hub_are_taken(hub: Hub, tmp_path: Path) -> None:
    assert fetch_model(tmp_path, [HubSource(hub.endpoint)]).source is SourceKind.HUB
    assert set(model_states(tmp_path).values()) == {FileState.INTACT}
    assert leftovers(tmp_path) == []


def test_another_model_on_the_hub_is_refused_before_it_is_downloaded(
    hub: Hub, tmp_path: Path
) -> None:
    hub.files[MODEL.hub_path] = b"another quantisation"
    with pytest.raises(ModelUnavailable, match=r"onnx/model_quantized\.onnx 的 sha256 是"):
        fetch_model(tmp_path, [HubSource(hub.endpoint)])
    assert hub.downloaded == []


def test_another_tokenizer_on_the_hub_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files[TOKENIZER.hub_path] += b"\n"
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json 的 sha256 是"):
        fetch_model(tmp_path, [HubSource(hub.endpoint)])
    assert leftovers(tmp_path) == []


def test_a_repository_without_the_files_is_a_reason_in_one_line(hub: Hub, tmp_path: Path) -> None:
    hub.files.clear()
    with pytest.raises(ModelUnavailable, match=hub.endpoint) as caught:
        fetch_model(tmp_path, [HubSource(hub.endpoint)])
    assert "\n" not in str(caught.value)
