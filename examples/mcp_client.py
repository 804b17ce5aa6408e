"""Asks as an assistant does, by MCP: python examples/mcp_client.py QUESTION [URL OF A SERVER]."""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters


async def main(question: str, url: str = "") -> None:
    """Prints the tools and the answer; without a URL it starts ``zhiku mcp`` itself."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("ZHIKU_")}
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "zhiku", "mcp"], env=settings
    )
    async with Client(url or started) as client:
        for tool in (await client.list_tools()).tools:
            print(f"{tool.name}  {tool.title}")
        result = await client.call_tool("zhiku_answer", {"question": question})
        for block in result.content:
            print(getattr(block, "text", ""))
        if result.structured_content is not None and not result.is_error:
            print(
                f"{result.structured_content['outcome']} {result.structured_content['confidence']}"
            )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
