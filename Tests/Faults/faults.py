"""What every fault shares: the registry, the log, and a connection that notes what happens to it."""

import asyncio
import collections
import itertools
import json
import socket
import struct
import threading
import time

STREAM_FAULTS = {}
THREAD_FAULTS = {}


class Log:
    """What the server did and saw, oldest events dropped."""

    def __init__(self, limit=100_000):
        self.events = collections.deque(maxlen=limit)
        self.numbers = itertools.count(1)

    def note(self, fault, connection, event, detail=None):
        entry = {"fault": fault, "connection": connection, "event": event, "at": time.monotonic()}
        if detail is not None:
            entry["detail"] = detail
        self.events.append(entry)

    def render(self, fault=None):
        return json.dumps([e for e in self.events if fault in (None, e["fault"])]).encode()


LOG = Log()
PORTS = {}


def fault(name, **options):
    """Registers a coroutine that serves one connection badly."""

    def register(function):
        STREAM_FAULTS[name] = (function, options)
        return function

    return register


class Connection:
    """One client; reads and writes end quietly when it is gone."""

    def __init__(self, name, reader, writer):
        self.name, self.reader, self.writer = name, reader, writer
        self.number = next(LOG.numbers)
        self.sequence = None
        self.first = True
        self.received = bytearray()
        self.note("accepted")

    def note(self, event, detail=None):
        LOG.note(self.name, self.number, event, detail)

    async def read(self, size=65536):
        """The next bytes; empty at the end."""
        data = await self.reader.read(size)
        if not data:
            self.note("closed_by_peer")
            raise ConnectionAbortedError
        detail = {"bytes": len(data)}
        if self.first:
            detail["text"] = data[:512].decode("latin-1")
        self.first = False
        self.received += data[: max(0, 65536 - len(self.received))]
        self.note("received", detail)
        return data

    async def read_until(self, mark, limit=65536):
        while mark not in self.received and len(self.received) < limit:
            await self.read()
        return bytes(self.received)

    async def drain_reads(self):
        """Reads until the client goes."""
        while True:
            await self.read()

    async def send(self, data, what=None):
        self.writer.write(data)
        await self.writer.drain()
        self.note("sent", what or f"{len(data)} bytes")

    @property
    def is_gone(self):
        """Whether the client has closed; known without reading what it sent."""
        return self.reader._eof or self.reader.exception() is not None or self.writer.is_closing()

    async def wait(self, seconds):
        """Sleeps, but not longer than the client stays."""
        for _ in range(max(1, round(seconds / 0.05))):
            if self.is_gone:
                self.note("closed_by_peer")
                raise ConnectionAbortedError
            await asyncio.sleep(0.05)

    async def drip(self, data, pause=0.5):
        for byte in data:
            await self.send(bytes([byte]), "1 byte")
            await self.wait(pause)

    async def for_ever(self, data):
        """Sends as fast as the client takes it."""
        total = 0
        try:
            while True:
                self.writer.write(data)
                await self.writer.drain()
                total += len(data)
                await asyncio.sleep(0)
        finally:
            self.note("sent", f"{total} bytes without end")

    def reset(self):
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.note("reset")

    def half_close(self):
        self.writer.write_eof()
        self.note("half_closed")


async def serve(name, function, context, reader, writer):
    connection = Connection(name, reader, writer)
    try:
        if context:
            try:
                await writer.start_tls(context)
                connection.note("tls")
            except (OSError, ValueError) as error:
                connection.note("tls_failed", str(error))
                return
        await function(connection)
    except (ConnectionAbortedError, asyncio.IncompleteReadError):
        pass
    except ConnectionResetError:
        connection.note("reset_by_peer")
    except (BrokenPipeError, OSError) as error:
        connection.note("reset_by_peer", str(error))
    except asyncio.CancelledError:
        raise
    finally:
        connection.note("closed")
        writer.transport.abort() if writer.transport.is_closing() else writer.close()


def serve_in_thread(name, function, listener):
    """For what asyncio hides: TLS alerts of a handshake that fails reach the client only through a blocking socket."""
    while True:
        client, _ = listener.accept()
        number = next(LOG.numbers)
        LOG.note(name, number, "accepted")

        def run(client=client, number=number):
            client.settimeout(30)
            try:
                function(client, lambda event, detail=None: LOG.note(name, number, event, detail))
            except OSError as error:
                LOG.note(name, number, "tls_failed", str(error))
            finally:
                client.close()
                LOG.note(name, number, "closed")

        threading.Thread(target=run, daemon=True).start()


def listen_in_thread(name, function, address):
    listener = socket.create_server((address, 0), backlog=128)
    PORTS[name] = listener.getsockname()[1]
    threading.Thread(target=serve_in_thread, args=(name, function, listener), daemon=True).start()


async def listen(name, function, options, address):
    context = options["tls"]() if "tls" in options else None

    async def accept(reader, writer):
        await serve(name, function, context, reader, writer)

    server = await asyncio.start_server(accept, address, 0, backlog=512)
    PORTS[name] = server.sockets[0].getsockname()[1]
    return server
