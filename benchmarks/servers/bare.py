"""The least that asyncio and h11 can do: it reads a request's body and answers 200."""

from __future__ import annotations

import asyncio
import socket
import threading

import h11

from benchmarks.processes import announce


class Bare(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.http = transport, h11.Connection(h11.SERVER)

    def data_received(self, data: bytes) -> None:
        """Answers each request once it is whole."""
        self.http.receive_data(data)
        body = []
        while (event := self.http.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                head = h11.Response(status_code=200, headers=[("Content-Length", "0")])
                answer = (self.http.send(head) or b"") + (self.http.send(h11.EndOfMessage()) or b"")
                self.transport.write(answer)
                self.http.start_next_cycle()
            elif isinstance(event, h11.ConnectionClosed):
                return


async def serve(listening: socket.socket) -> None:
    """Serves for as long as the process lives."""
    server = await asyncio.get_running_loop().create_server(Bare, sock=listening)
    await server.serve_forever()


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: asyncio.run(serve(listening)), daemon=True).start()
    announce(port=listening.getsockname()[1], targets=["/bucket/key"])
