"""A client of the Model Context Protocol for tests, by its Python SDK.

mcp_client.py MODE stdio PROGRAM [ARGUMENT...]
mcp_client.py MODE http URL [TOKEN]

MODE is `auto` (what the SDK does by itself), `legacy` (the handshake of protocols before
2026-07-28) or the version of a protocol. Reads a request as JSON in each line of standard input,
{"list": true} or {"tool": NAME, "arguments": {...}}, and answers each with a line.
"""

import asyncio
import json
import os
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client


def transport(kind, arguments):
    if kind == "stdio":
        # The SDK hands over only a few variables.
        env = {name: os.environ[name] for name in ["XDG_DATA_HOME"]}
        return StdioServerParameters(command=arguments[0], args=arguments[1:], env=env)
    url, *token = arguments
    if not token:
        return url
    import httpx2

    headers = {"Authorization": f"Bearer {token[0]}"}
    return streamable_http_client(url, http_client=httpx2.AsyncClient(headers=headers, timeout=90))


async def answer(client, request):
    if request.get("list"):
        tools = (await client.list_tools()).tools
        return {"tools": [tool.model_dump(mode="json", by_alias=True) for tool in tools]}
    result = await client.call_tool(request["tool"], request["arguments"])
    return result.model_dump(mode="json", by_alias=True)


async def main():
    mode, kind, *arguments = sys.argv[1:]
    async with Client(transport(kind, arguments), mode=mode) as client:
        print(json.dumps({"protocol": client.protocol_version, "instructions": client.instructions}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                said = await answer(client, json.loads(line))
            except Exception as error:  # what a test expects, it says
                said = {"raised": f"{type(error).__name__}: {error}"}
            print(json.dumps(said), flush=True)


try:
    asyncio.run(main())
except BaseException as error:
    inner = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    print(json.dumps({"raised": f"{type(inner).__name__}: {inner}"}), flush=True)
    sys.exit(1)
