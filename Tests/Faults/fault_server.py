"""A server that behaves badly in a hundred ways, each on a port of its own, and keeps a log of what it did.

Prints one line of JSON when it listens: the control port, and the port of every fault. It ends with its standard input.
The control port answers GET /log, /log?fault=NAME and /reset over HTTP.
"""

import argparse
import asyncio
import json
import logging
import sys
import urllib.parse

import dns_faults
import protocol_faults  # noqa: F401 registers its faults
import stream_faults  # noqa: F401 registers its faults
from faults import LOG, PORTS, STREAM_FAULTS, THREAD_FAULTS, listen, listen_in_thread


async def control(reader, writer):
    try:
        line = (await reader.readline()).decode("latin-1")
        url = urllib.parse.urlsplit(line.split()[1])
        wanted = urllib.parse.parse_qs(url.query).get("fault", [None])[0]
        if url.path == "/reset":
            LOG.events.clear()
        body = LOG.render(wanted)
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()
    except (OSError, IndexError):
        pass
    finally:
        writer.close()


async def end_of_input():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.buffer.read)


async def watch_ourselves():
    """Notes how late this process itself is, so that nobody else is blamed for it."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.05
        await asyncio.sleep(0.05)
        if loop.time() - due > 0.02:
            LOG.note("observer", 0, "late", loop.time() - due)


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--dns-port", type=int, default=0, help="also serve as the system's name server")
    options = parser.parse_args()
    # A client that goes away in a handshake is what many faults are about.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    servers = [await listen(name, *entry, options.address) for name, entry in STREAM_FAULTS.items()]
    for name, function in THREAD_FAULTS.items():
        listen_in_thread(name, function, options.address)
    await dns_faults.serve_all(options.address, options.dns_port)
    servers.append(await asyncio.start_server(control, options.address, 0))
    print(json.dumps({"control": servers[-1].sockets[0].getsockname()[1], "ports": PORTS}), flush=True)
    watch = asyncio.create_task(watch_ourselves())
    await end_of_input()
    watch.cancel()


if __name__ == "__main__":
    asyncio.run(main())
