"""The proxy itself, before a server that repeats what it was sent."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest

from tests.real.elastic_proxy import (
    PAGE,
    Authority,
    ElasticProxy,
    Fault,
    api_key_header,
    basic_header,
    elastic_proxy,
)

pytestmark = pytest.mark.real


class Repeating(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response_only(200)
        self.send_header("X-elastic-product", "Elasticsearch")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def repeating() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Repeating) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture
def proxy(repeating: str) -> Iterator[ElasticProxy]:
    with elastic_proxy(repeating) as opened:
        yield opened


def post(
    proxy: ElasticProxy,
    body: bytes = b"said",
    path: str = "/",
    authorization: str = "",
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(proxy.address, timeout=30)
    headers = {"Authorization": authorization} if authorization else {}
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_ten_megabytes_come_through_on_each_of_eight_connections(proxy: ElasticProxy) -> None:
    bodies = [bytes([n]) * 10_000_000 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: post(proxy, body), bodies))
    assert [answer[2] for answer in answers] == bodies


def test_a_connection_is_kept_for_the_next_request(proxy: ElasticProxy) -> None:
    connection = http.client.HTTPConnection(proxy.address, timeout=30)
    connection.request("POST", "/first", b"1")
    assert connection.getresponse().read() == b"1"
    kept = connection.sock
    connection.request("POST", "/second", b"2")
    assert connection.getresponse().read() == b"2"
    assert connection.sock is kept
    assert proxy.asked == [("POST", "/first"), ("POST", "/second")]
    connection.close()


def test_an_idle_connection_does_not_keep_the_proxy_from_closing(repeating: str) -> None:
    started = time.monotonic()
    with elastic_proxy(repeating) as proxy:
        connection = http.client.HTTPConnection(proxy.address, timeout=30)
        connection.request("POST", "/", b"1")
        connection.getresponse().read()
    connection.close()
    assert time.monotonic() - started < 5.0


def test_a_fault_lasts_for_as_many_requests_as_it_says_on_the_paths_that_it_names(
    proxy: ElasticProxy,
) -> None:
    with proxy.failing(Fault(status=429, times=2, matching="_search")):
        statuses = [post(proxy, path=path)[0] for path in ("/_search", "/_doc") * 3]
    assert statuses == [429, 200, 429, 200, 200, 200]


def test_each_fault_is_what_it_says_and_over_with_its_block(proxy: ElasticProxy) -> None:
    with proxy.failing(Fault(closes=True)), pytest.raises(http.client.RemoteDisconnected):
        post(proxy)
    with proxy.failing(Fault(cuts=True)), pytest.raises(http.client.IncompleteRead):
        post(proxy)
    with proxy.failing(Fault(shortens=True)):
        assert post(proxy)[2] == b"sa"
    with proxy.failing(Fault(unnamed=True)):
        assert "x-elastic-product" not in post(proxy)[1]
    with proxy.failing(Fault(page=404)):
        assert post(proxy)[::2] == (404, PAGE)
    with proxy.failing(Fault(status=503)):
        status, headers, body = post(proxy)
    assert (status, headers["x-elastic-product"]) == (503, "Elasticsearch")
    assert orjson.loads(body)["error"]["type"] == "no_shard_available_action_exception"
    started = time.monotonic()
    with proxy.failing(Fault(delay=0.3)):
        assert post(proxy)[2] == b"said"
    assert time.monotonic() - started > 0.3
    assert post(proxy)[0] == 200


@pytest.mark.parametrize("header", [api_key_header("a2V5"), basic_header("clerk", "pass word")])
def test_who_does_not_say_the_right_words_is_not_let_in(repeating: str, header: str) -> None:
    with elastic_proxy(repeating, authorization=header) as proxy:
        assert post(proxy, authorization=header)[0] == 200
        for wrong in ("", header + "x"):
            status, headers, body = post(proxy, authorization=wrong)
            assert (status, len(headers.get_all("WWW-Authenticate") or ())) == (401, 2)
            assert orjson.loads(body)["error"]["type"] == "security_exception"


def test_tls_is_spoken_with_a_certificate_of_the_authority(tmp_path: Path, repeating: str) -> None:
    authority = Authority(tmp_path)
    with elastic_proxy(repeating, authority) as proxy:
        trusting = ssl.create_default_context(cafile=authority.ca_file)
        connection = http.client.HTTPSConnection(proxy.address, timeout=30, context=trusting)
        connection.request("POST", "/", b"said")
        assert connection.getresponse().read() == b"said"
        connection.close()
        distrusting = http.client.HTTPSConnection(proxy.address, timeout=30)
        with pytest.raises(ssl.SSLCertVerificationError):
            distrusting.request("POST", "/", b"said")
        distrusting.close()
        with pytest.raises((http.client.HTTPException, OSError)):
            post(proxy)


def test_a_node_that_is_gone_is_a_bad_gateway() -> None:
    with elastic_proxy("http://127.0.0.1:9") as proxy:
        assert post(proxy)[0] == 502
