"""What a soak's checks ask: servers with moods that follow from the clock, so that a reference can say what is right.

A mood needs no conversation between server and reference: CLOCK_MONOTONIC is the same for all processes of a machine.
"""

import asyncio
import socket
import struct
import sys
import time

PERIODS = (70.0, 110.0, 150.0, 190.0)


def is_up(number: int, moment: float) -> bool:
    """Whether target `number` is well at a moment of CLOCK_MONOTONIC: it changes every 70 to 190 seconds."""
    period = PERIODS[number % len(PERIODS)]
    return int((moment + number * 7.3) / period) % 2 == 0


def moods(number: int, since: float, until: float) -> set[bool]:
    """All that target `number` was within a stretch of time."""
    found = {is_up(number, since), is_up(number, until)}
    moment = since
    while moment < until:
        found.add(is_up(number, moment))
        moment += 0.5
    return found


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def serve_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """`/ok`, `/bad`, `/flip/N`, `/hang`, `/reset`, `/garbage`, `/short`, `/endless`, by path."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        if path == "/hang":
            await reader.read()
        elif path == "/reset":
            await reset(writer)
        elif path == "/garbage":
            writer.write(b"\x00\xff" * 300)
        elif path == "/short":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
        elif path == "/endless":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await writer.drain()
        else:
            up = path == "/ok" or (path.startswith("/flip/") and is_up(int(path[6:]), time.monotonic()))
            status = b"200 OK" if up else b"503 Service Unavailable"
            body = b'{"status":"%s","depth":3}' % (b"up" if up else b"down")
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError, ValueError):
        pass  # Who asked has gone.
    finally:
        writer.close()


async def serve_banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greets as a mail server does."""
    try:
        writer.write(b"220 soak ready\r\n")
        await writer.drain()
        await asyncio.wait_for(reader.read(1), 30)
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def serve_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and never says a word."""
    try:
        await asyncio.wait_for(reader.read(), 60)
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def main() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    servers = [
        await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
        for serve in (serve_http, serve_banner, serve_silence)
    ]
    print(*[server.sockets[0].getsockname()[1] for server in servers], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main())
