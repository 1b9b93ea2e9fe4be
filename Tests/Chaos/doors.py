"""The doors of an exporter that hostile and honest clients knock at, and how they get in."""

import asyncio
import random
import socket
import ssl
from dataclasses import dataclass, field

#: `IP_BIND_ADDRESS_NO_PORT` (ip(7)): the port is chosen at connect, so that one number serves many targets.
BIND_ADDRESS_NO_PORT = 24


@dataclass
class Door:
    """One listener: an address, or the path of a socket; with TLS or without."""

    name: str
    host: str = ""
    port: int = 0
    path: str = ""
    #: Whether it speaks TLS; nobody here verifies whom it talks to.
    tls: bool = False
    #: The value of `Authorization`; empty for none.
    authorization: str = ""
    #: Addresses of this machine that clients come from.
    sources: list[str] = field(default_factory=list)
    #: What protocols those clients offer in their handshake (ALPN) who know HTTP/2.
    protocols: tuple[str, ...] = ("http/1.1",)

    @property
    def authority(self) -> str:
        """What stands in `Host`."""
        return f"{self.host}:{self.port}" if self.host else "localhost"

    def request(self, path: str, *lines: str, method: str = "GET", body: str = "") -> bytes:
        """A whole request; with credentials where the door wants some."""
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.authority}", *lines]
        if self.authorization:
            head.append(f"Authorization: {self.authorization}")
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()

    def socket(self, receive_buffer: int = 0) -> socket.socket:
        """A new socket, bound to one of the clients' addresses, that does not block and is not connected yet."""
        if self.path:
            client = socket.socket(socket.AF_UNIX)
        else:
            client = socket.socket(socket.AF_INET)
            if self.sources:
                client.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)
                client.bind((random.choice(self.sources), 0))
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.setblocking(False)
        return client

    @property
    def address(self) -> object:
        """What a socket connects to."""
        return self.path or (self.host, self.port)

    def context(self, *protocols: str) -> ssl.SSLContext | None:
        """How a client speaks TLS here; None where nobody does."""
        if not self.tls:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(list(protocols or ["http/1.1"]))
        return context

    async def open(self, *, encrypted: bool = True, offers_http2: bool = False) -> "Client":
        """A connection; with the handshake done where the door speaks TLS, unless told otherwise."""
        client = self.socket()
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(client, self.address), 10)
            context = self.context(*self.protocols if offers_http2 else ()) if encrypted else None
            streams = asyncio.open_connection(sock=client, ssl=context, server_hostname="localhost" if context else None)
            return Client(*await asyncio.wait_for(streams, 10))
        except BaseException:
            client.close()
            raise


class Client:
    """A connection of a hostile client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        # At once, without a goodbye: no connection waits in the kernel for having ended.
        self.writer.transport.abort()

    async def send(self, data: bytes, seconds: float = 10) -> None:
        """Writes; a server that takes nothing for some time is an error."""
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), seconds)

    async def rest(self, seconds: float = 3, limit: int = 1 << 20) -> bytes:
        """What comes until the server closes or nothing came for some time."""
        found = bytearray()
        try:
            while len(found) < limit:
                data = await asyncio.wait_for(self.reader.read(65536), seconds)
                if not data:
                    break
                found += data
        except (OSError, TimeoutError, asyncio.TimeoutError):
            pass  # It was reset, or has nothing more to say.
        return bytes(found)
