"""A WebSocket server made with the Python package `websockets`. Prints its port; ends with its standard input."""

import asyncio
import sys

try:
    from websockets.asyncio.server import serve
except ImportError:
    # Before version 13, such as Debian 12 has it.
    from websockets import serve


async def talk(connection):
    path = connection.request.path if hasattr(connection, "request") else connection.path
    if path == "/fragments":
        await connection.send(["Fr", "ag", "ments ü"])
        await connection.send([b"\x00" * 3000, b"", b"\x01" * 3000])
    elif path == "/ping":
        pong = await connection.ping(b"are you there")
        await pong
        await connection.send("ponged")
    elif path == "/closes":
        await connection.send("bye")
        await connection.close(4001, "the server closes")
        return
    async for message in connection:
        await connection.send(message)


async def main():
    async with serve(talk, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
