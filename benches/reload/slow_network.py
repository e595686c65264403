"""A proxy for TCP that delays every byte, and each connection by a round trip:
a network with the round-trip time that is asked for. Counts HTTP requests."""

import asyncio
import re
import threading

REQUEST = re.compile(rb"(?m)^(?:GET|HEAD|POST) (\S+) HTTP/1\.1\r$")


class SlowNetwork:
    def __init__(self, target, round_trip):
        self.target = target
        self.delay = round_trip / 2
        self.requests = []
        self.port = None
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait(10)

    async def _serve(self, ready):
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def _connect(self, reader, writer):
        # The handshake takes a round trip of its own.
        await asyncio.sleep(2 * self.delay)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(
            self._pipe(reader, far_writer, count=True),
            self._pipe(far_reader, writer, count=False),
        )

    async def _pipe(self, reader, writer, count):
        loop = asyncio.get_running_loop()
        queue = asyncio.Queue()

        async def forward():
            while True:
                due, data = await queue.get()
                wait = due - loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                if data is None:
                    writer.close()
                    return
                writer.write(data)

        forwarding = asyncio.create_task(forward())
        try:
            while data := await reader.read(65536):
                if count:
                    self.requests += [path.decode() for path in REQUEST.findall(data)]
                queue.put_nowait((loop.time() + self.delay, data))
        except ConnectionError:
            pass
        queue.put_nowait((loop.time() + self.delay, None))
        await forwarding
