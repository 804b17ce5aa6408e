"""``api.mcp.tools`` by the protocol: the one door to the SDK.

The SDK is the official ``mcp``, not ``fastmcp``: that one stands on it and adds 24 packages for what
is not needed here (clients of OpenAPI, OAuth servers, stores, a command line). Its low-level server is
used, because what it writes for people is English: here errors are Chinese and name the field.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any, Final

import anyio
import anyio.to_thread
from pydantic import ValidationError
from starlette.types import ASGIApp

from api.deps import Desk
from api.errors import KINDS, problem_of, unexpected
from api.field_messages import fields_of
from api.mcp.tools import INSTRUCTIONS, TOOLS, Tool
from corpora.types import Audience

try:
    from mcp import MCPError, types
    from mcp.server import Server, ServerRequestContext
    from mcp.server.stdio import stdio_server
    from mcp.server.transport_security import TransportSecuritySettings
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"zhiku mcp 缺少 {missing.name}；请运行 pip install 'zhiku[mcp]'", name=missing.name
    ) from missing

PATH: Final = "/mcp"
_CODE: Final = "zhiku/code"  # where a program finds the stable code of an error
_LOG: Final = logging.getLogger("zhiku.mcp")
_READS_ONLY: Final = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def make_server(desk: Desk, audience: Audience, threads: int) -> Server[Any]:
    """A server of the tools over ``desk``; ``threads`` is how many questions are worked on at once."""
    by_name: dict[str, Tool[Any]] = {tool.name: tool for tool in TOOLS}
    listed = types.ListToolsResult(tools=[_shown(tool) for tool in TOOLS])
    limiter = anyio.CapacityLimiter(threads)

    async def list_tools(
        _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listed

    async def call_tool(
        _: ServerRequestContext[Any], asked: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = by_name.get(asked.name)
        if tool is None:
            known = "、".join(by_name)
            raise MCPError(types.INVALID_PARAMS, f"没有工具 {asked.name[:64]!r}；可用：{known}")
        trace_id = uuid.uuid4().hex
        try:
            # an answer computes: on the event loop it would keep every other caller waiting
            reply = await anyio.to_thread.run_sync(
                tool.call, desk, audience, asked.arguments or {}, trace_id, limiter=limiter
            )
        except ValidationError as error:
            found = fields_of(error.errors())
            told = "；".join(f"{one['field'] or '参数'}：{one['detail']}" for one in found)
            return _failed(told, "invalid_request")
        except tuple(KINDS) as error:
            problem = problem_of(error)
            return _failed(problem.detail, problem.code)
        except Exception:  # noqa: BLE001 logged, and told that it happened
            _LOG.exception("tool %s failed, trace %s", tool.name, trace_id)
            problem = unexpected(trace_id)
            return _failed(problem.detail, problem.code)
        return types.CallToolResult(
            content=[types.TextContent(text=tool.words(reply))], structured_content=reply
        )

    return Server(
        "zhiku",
        title="知库",
        version="1",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_stdio(server: Server[Any]) -> None:
    """Serves whoever started this process, until they close its input.

    Stdout carries the protocol alone: while it is served, whatever else is printed goes to stderr.
    """
    async with stdio_server() as (reads, writes):
        await server.run(reads, writes, server.create_initialization_options())


def http_app(server: Server[Any], host: str, *, asks_for_keys: bool) -> ASGIApp:
    """The server at ``PATH`` by streamable HTTP. Each call stands for itself, so that any process may
    answer it.

    Without keys only requests that name this machine are served, and none of a page in a browser: a
    page of anybody's could otherwise point its own name here and read along.
    """
    guard = TransportSecuritySettings(
        enable_dns_rebinding_protection=not asks_for_keys,
        allowed_hosts=[
            f"{name}:*" for name in (_bracketed(host), "127.0.0.1", "localhost", "[::1]")
        ],
        allowed_origins=[],
    )
    return server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=guard,
        host=host,
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shown(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema=_without_examples(tool.reply.model_json_schema(mode="serialization")),
        annotations=_READS_ONLY,
    )


def _without_examples(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema for a model to read: whole answers as examples would only cost it attention."""
    return {name: part for name, part in schema.items() if name != "examples"}


def _failed(told: str, code: str) -> types.CallToolResult:
    content: list[types.ContentBlock] = [types.TextContent(text=told)]
    return types.CallToolResult(content=content, is_error=True, _meta={_CODE: code})
