#!/usr/bin/env python3
"""What an edit leaves of the state of an interface: by the live client's reload, and by Qt's reload in
place as `run --in-place` uses it, for each kind of edit that the end-to-end tests know.

    cargo build && PROFILE=debug QMLSERVE_PYTHON=… python3 benches/state/run.py [live|in-place]

Both show tests/fixtures/in_place, whose touch() sets a property of the root (counter, flag), a text
that a person types (text), a property of a component (card), of a singleton (theme), of a row (row),
and scrolls (scroll). What of it is left after the edit is printed; "fresh" is a new process.
QMLSERVE_PYTHON names an interpreter that has PySide6 6.12 (default: this one).
"""
import os
import pathlib
import queue
import re
import shutil
import struct
import sys
import tempfile
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from process import Process

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BINARY = TOP / "target" / (os.environ.get("PROFILE") or "release") / "qmlserve"
PYTHON = os.environ.get("QMLSERVE_PYTHON", sys.executable)
FIXTURE = TOP / "tests" / "fixtures" / "in_place"
SECONDS = 20
# How long is waited for an edit that changes nothing that shows.
SILENT = 8.0

# The kind, the file, what is replaced by what, and what shows in place of what ("" if nothing does).
EDITS = [
    ("a text", "main.qml", '"one"', '"two"', ("one ", "two ")),
    ("a number", "main.qml", "width: 300", "width: 310", (" 300 ", " 310 ")),
    ("a colour", "main.qml", "#102030", "#405060", ("#102030", "#405060")),
    ("a handler", "main.qml", "heard-1", "heard-2", ("heard-1", "heard-2")),
    ("a function", "main.qml", "said-1", "said-2", ("said-1", "said-2")),
    ("a component's value", "Card.qml", '"card"', '"tile"', (" card ", " tile ")),
    ("a component's function", "Card.qml", "42", "6 * 9", (" 42 ", " 54 ")),
    ("an inline component", "main.qml", "level: 1", "level: 2", (" 1 blue", " 2 blue")),
    ("a singleton's value", "Theme.qml", "blue", "green", ("blue", "green")),
    ("a delegate's value", "Row1.qml", '"row"', '"line"', (" row 9", " line 9")),
    ("a model", "main.qml", "model: 9", "model: 8", (" row 9", " row 8")),
    ("a binding", "main.qml", "0 + 5", "0 + 6", (" 5 heard", " 6 heard")),
    ("a child", "Card.qml", "42 }", "43 }\n    Item {}", (" 42 ", " 43 ")),
    ("a child less", "Card.qml", '    Rectangle { width: 10; height: 10; color: "red" }\n', "", ("", "")),
    ("a property", "Card.qml", '"card"', '"new"; property int more: 1', (" card ", " new ")),
    ("the root's type", "Card.qml", "Item {\n    property int count: 0",
     "Rectangle {\n    property int count: 0; property int x1", ("", "")),
    ("an import", "main.qml", "import QtQuick\n", "import QtQuick\nimport QtQml\n", ("", "")),
    ("an id", "main.qml", "badge", "medal", ("", "")),
    ("an enum", "Card.qml", "return 42", "return Card.B } enum Kind { A, B } function unused() { return 0",
     (" 42 ", " 1 ")),
    ("a nested function", "main.qml", 'return "said-1"', 'return (() => "said-3")()', ("said-1", "said-3")),
    ("a required property's document", "Needy.qml", "needy", "other", ("", "")),
    ("a script", "logic.js", "word-1", "word-2", ("word-1", "word-2")),
    ("a new type", "Card.qml", "return 42 }", "return 7 }\n    Fresh {}", (" 42 ", " 7 ")),
    ("a picture", "picture.png", None, 3, (" 9 2 ", " 9 3 ")),
    ("a break and its repair", "Card.qml", '"card"', '"whole"', (" card ", " whole ")),
]


def png(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\xc8\0\0" * side for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tree(folder):
    shutil.copytree(FIXTURE / "tree", folder)
    (folder / "picture.png").write_bytes(png(2))


class Shown:
    """A process whose lines tell what it shows."""

    def __init__(self, process):
        self.process = process
        self.process_id = self.facts = self.kept = None

    def until(self, wanted, seconds, at_least=0.0):
        """Waits for these facts, and for what is kept to stay the same for a moment."""
        begin = time.monotonic()
        end = begin + seconds
        while True:
            is_there = self.facts == wanted and time.monotonic() > begin + at_least
            left = max(0.05, min(end - time.monotonic(), 0.5 if is_there else SECONDS))
            try:
                _, line = self.process.lines.get(timeout=left)
            except queue.Empty:
                if is_there or time.monotonic() > end:
                    return
                continue
            match = re.search(r"SHOWS (?:(\d+) )?(.*) \| (.*)$", line)
            if match:
                self.process_id, self.facts, self.kept = match.groups()


def measure(way):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "tree"
        for kind, file, old, new, (shown, instead) in EDITS:
            shutil.rmtree(folder, ignore_errors=True)
            tree(folder)
            if kind == "a new type":
                (folder / "Fresh.qml").write_text("import QtQuick\nItem {}\n")
            if way == "live":
                server = Process([str(BINARY), str(folder), "--port", "0", "-q"], "stdout")
                address = server.wait(r"listening on (http://[^ ]+?)/?$")[1][1]
                client = Process([PYTHON, str(HERE / "client.py"), f"{address}/@qmlserve/live.qml"], "stdout")
            else:
                server = None
                client = Process([str(BINARY), "run", str(folder), "--in-place", "--port", "0", "-q", "--",
                                  PYTHON, str(FIXTURE / "program.py"), str(folder / "main.qml")], "stdout")
            state = Shown(client)
            end = time.monotonic() + SECONDS
            while not (state.kept or "").endswith("scroll") and time.monotonic() < end:
                state.until(None, 0.5)
            # The live client notes how things came up before it knows what a person changed.
            time.sleep(1.5)
            before, facts = state.process_id, state.facts
            path = folder / file
            if old is None:
                path.write_bytes(png(new))
            else:
                text = path.read_text()
                assert old in text, (kind, old)
                if kind.startswith("a break"):
                    path.write_text(text.replace("{", "", 1))
                    time.sleep(1)
                path.write_text(text.replace(old, new))
            wanted = facts.replace(shown, instead, 1) if shown else facts
            state.until(wanted, SECONDS if shown else SILENT, 0.0 if shown else SILENT)
            arrived = state.facts == wanted
            fresh = state.process_id != before
            kept = "fresh" if fresh else state.kept
            print(f"state  {way:9} {kind:32} {'' if arrived else 'STALE '}{kept}", flush=True)
            client.stop()
            if server:
                server.stop()


for way in sys.argv[1:] or ["live", "in-place"]:
    measure(way)
