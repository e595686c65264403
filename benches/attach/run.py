#!/usr/bin/env python3
"""Save to new root complete, attached by qmlserve and by Qt's own qmlpreview, in one run.

    cargo build --release && python3 benches/attach/run.py [PROGRAM [ARGUMENTS…]]

PROGRAM shows the document whose path it gets as its last argument; the default is the `qml` of
Debian's Qt 6. The same program on the same tree, one component saved in place EDITS times by
turns with each tool; the time ends when Component.onCompleted of the new root printed it.
Whether the root's counter was handed on (saveState) is said as well.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from process import Process

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
BINARY = PROJECT / "target" / (os.environ.get("PROFILE") or "release") / "qmlserve"
QMLPREVIEW = os.environ.get("QMLPREVIEW", "/usr/lib/qt6/bin/qmlpreview")
PROGRAM = sys.argv[1:] or ["/usr/lib/qt6/bin/qml"]
EDITS = 20


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def panel(folder, text):
    return folder / "parts" / "Panel.qml", f'import QtQuick 2.12\n\nItem {{\n    property string text: "{text}"\n}}\n'


def make_tree(folder):
    shutil.copytree(PROJECT / "tests/fixtures/attach/tree", folder)
    # A picture of one pixel.
    shutil.copy(HERE / "picture.png", folder / "picture.png")


def edit(process, folder, number):
    path, text = panel(folder, f"panel-{number}")
    began = time.perf_counter()
    path.write_text(text)
    at, line = process.wait(rf"SHOWS item panel-{number} ")
    # What is loaded later, and the state, come in lines of their own.
    time.sleep(0.4)
    while not process.lines.empty():
        line = process.lines.get()[1]
    return 1000 * (at - began), line.endswith("kept")


def report(name, times, kept):
    print(f"{name:12} median {statistics.median(times):6.1f} ms, min {min(times):6.1f}, max {max(times):6.1f}"
          f"  ({len(times)} edits; state kept in {kept})")


def main():
    with tempfile.TemporaryDirectory() as temp, contextlib.ExitStack() as running:
        def start(*command):
            process = Process(command)
            running.callback(process.stop)
            return process

        temp = pathlib.Path(temp)
        ours, theirs = temp / "ours", temp / "theirs"
        for folder in (ours, theirs):
            make_tree(folder)
        port = free_port()
        server = start(BINARY, ours, "--document", "Plain.qml", "--port", "0", "--attach", f"127.0.0.1:{port}")
        server.wait("waiting for a program")
        debug = f"-qmljsdebugger=port:{port},host:127.0.0.1,block,services:QmlPreview,DebugMessages"
        attached = start(*PROGRAM, ours / "Plain.qml", debug)
        preview = start(QMLPREVIEW, *PROGRAM, theirs / "Plain.qml")
        for process in (attached, preview):
            process.wait("SHOWS item panel-one")
        time.sleep(2)
        times, kept = {"qmlserve": [], "qmlpreview": []}, {"qmlserve": 0, "qmlpreview": 0}
        for number in range(EDITS):
            for name, process, folder in (("qmlserve", attached, ours), ("qmlpreview", preview, theirs)):
                took, is_kept = edit(process, folder, number)
                times[name].append(took)
                kept[name] += is_kept
        for name in times:
            report(name, times[name], kept[name])


main()
