"""Sockets that come and go at random while messages flow, for as long as told.

    cargo build --release && python benches/soak/run.py [--seconds 600]

Needs `pip install websockets`. Ends with 1 if a message was lost among those
connected, if the server panicked, if sockets are left over, or if its memory
grew by more than a quarter between the first tenth of the time and the last.
"""

import argparse
import asyncio
import json
import pathlib
import random
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

import websockets

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROOMS = 8
CLIENTS = 150
CONFIG = '[websockets]\nper_address = 5000\nsockets = 5000\nping = "2s"\n'


class Soak:
    def __init__(self, port, pid, seconds):
        self.base = f"127.0.0.1:{port}"
        self.pid = pid
        self.ends = time.monotonic() + seconds
        self.seconds = seconds
        self.sent = [0] * ROOMS
        self.heard = 0
        self.opened = 0
        self.memory = []
        self.faults = []

    def running(self):
        return time.monotonic() < self.ends

    def http(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"http://{self.base}{path}", data, 20) as answer:
            return json.load(answer)

    async def ask(self, path, body=None):
        return await asyncio.to_thread(self.http, path, body)

    async def speaker(self, room):
        """Says numbers, one after the other."""
        async with websockets.connect(f"ws://{self.base}/rooms/{room}") as speaker:
            while self.running():
                await speaker.send(str(self.sent[room]))
                self.sent[room] += 1
                await asyncio.sleep(random.random() / 50)

    async def listener(self):
        """Joins a room for a while: hears every number between its first and its last."""
        while self.running():
            room = random.randrange(ROOMS)
            leaves = time.monotonic() + random.random() * 4
            expected = None
            async with websockets.connect(f"ws://{self.base}/rooms/{room}") as listener:
                self.opened += 1
                while self.running() and time.monotonic() < leaves:
                    try:
                        heard = int(await asyncio.wait_for(listener.recv(), 1))
                    except TimeoutError:
                        continue
                    if expected is not None and heard != expected:
                        self.faults.append(f"room {room}: {heard} instead of {expected}")
                    expected = heard + 1
                    self.heard += 1
                if random.random() < 0.3:
                    # Gone without a word.
                    listener.transport.abort()

    async def tagged(self, number):
        """Opens sockets of the gateway, and has a message sent to each by its tag."""
        while self.running():
            tag = f"soak-{number}"
            created = await self.ask("/v1/sockets", {"tags": [tag]})
            async with websockets.connect(created["uri"]) as client:
                self.opened += 1
                for turn in range(random.randrange(1, 20)):
                    text = f"{number} {turn}"
                    receivers = {"sockets": None, "tags": [tag]}
                    await self.ask("/v1/messages", {"data": text, "receivers": receivers})
                    heard = await asyncio.wait_for(client.recv(), 20)
                    if heard != text:
                        self.faults.append(f"tag {tag}: {heard!r} instead of {text!r}")
                    self.heard += 1

    async def watch(self):
        while self.running():
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
            self.memory.append(int(re.search(r"VmRSS:\s+(\d+)", status)[1]))
            await asyncio.sleep(self.seconds / 100)

    async def run(self):
        tasks = [self.speaker(room) for room in range(ROOMS)]
        tasks += [self.listener() for _ in range(CLIENTS)]
        tasks += [self.tagged(number) for number in range(8)]
        tasks.append(self.watch())
        await asyncio.gather(*tasks)
        for _ in range(100):
            state = await self.ask("/@qmlserve/sockets")
            if state["open"] == 0:
                break
            await asyncio.sleep(0.1)
        else:
            self.faults.append(f"sockets are left over: {state}")
        if state["totals"]["slow"] or state["totals"]["faulty"]:
            self.faults.append(f"sockets were closed: {state['totals']}")
        tenth = max(1, len(self.memory) // 10)
        # The very first samples are before everybody has come.
        first, last = max(self.memory[: 2 * tenth]), max(self.memory[-tenth:])
        if self.seconds >= 60 and last > first * 1.25 + 2048:
            self.faults.append(f"memory grew from {first} to {last} KiB")
        return first, last


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--binary", default=ROOT / "target/release/qmlserve")
    given = arguments.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as place, open(f"{place}/log", "w+") as log:
        pathlib.Path(place, "qmlserve.toml").write_text(CONFIG)
        command = [pathlib.Path(given.binary).resolve(), "--port", str(port)]
        server = subprocess.Popen(
            command, cwd=place, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            server.stdout.readline()
            soak = Soak(port, server.pid, given.seconds)
            first, last = asyncio.run(soak.run())
        finally:
            server.terminate()
            code = server.wait()
        log.seek(0)
        said = log.read()
    if "panicked" in said or code != 0:
        soak.faults.append(f"the server ended with {code}:\n{said}")
    print(
        f"{given.seconds:.0f} s: {soak.opened} sockets opened, {sum(soak.sent)} messages sent, "
        f"{soak.heard} heard in order, memory {first} to {last} KiB, {len(soak.faults)} faults"
    )
    for fault in soak.faults[:10]:
        print(fault)
    raise SystemExit(bool(soak.faults))


main()
