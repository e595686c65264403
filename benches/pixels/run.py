#!/usr/bin/env python3
"""Whether programs look through a live client as they do from the disk, pixel by pixel.

    cargo build --release && python3 benches/pixels/run.py [--qt 5.15|6.4|PySide6] DIR...

Every document below a DIR that comes up by itself and has a size is drawn four times, each time
some moments after it has come up: twice from the disk, once more from the disk a little later, and
once by a LiveLoader from a server of that DIR. What differs between the pictures from the disk
draws time or chance, and says nothing. The others are the same, or printed.

QMLSERVE_PYTHON names an interpreter that has PySide6 (default: this one), PROFILE the build.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from process import ENV, Process

# Some programs read their own files by XMLHttpRequest.
ENV["QML_XHR_ALLOW_FILE_READ"] = "1"

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BINARY = TOP / "target" / (os.environ.get("PROFILE") or "release") / "qmlserve"
GRAB = TOP / "tests" / "e2e" / "qml" / "grab.qml"
PYTHON = os.environ.get("QMLSERVE_PYTHON", sys.executable)
CLIENTS = {
    "5.15": ["qmlscene", str(GRAB), "--"],
    "6.4": ["/usr/lib/qt6/bin/qml", str(GRAB), "--"],
    "PySide6": [PYTHON, str(HERE.parent / "reload" / "runtime.py")],
}
SOON, LATER = 800, 1100
# One that takes longer, or ends the client, is left out.
SECONDS = 20
MOST_AT_ONCE = 25


def grabbed(command, jobs, folder, after):
    """The facts about each job, None for what did not come up, and its picture in a folder."""
    facts = []
    while len(facts) < len(jobs):
        part = jobs[len(facts):len(facts) + MOST_AT_ONCE]
        with tempfile.TemporaryDirectory() as pictures:
            client = Process([*command, f"--jobs={json.dumps(part)}", f"--pictures={pictures}",
                              f"--after={after}", str(GRAB)], "stderr")
            for number in range(len(part)):
                try:
                    _, match = client.wait(r"FACTS (\{.*\})", SECONDS)
                except SystemExit:
                    facts.append(None)
                    break
                found = json.loads(match[1])
                picture = pathlib.Path(pictures) / f"{number}.png"
                if picture.exists():
                    picture.rename(folder / f"{len(facts)}.png")
                facts.append(found)
            client.stop()
    return facts


def stands_alone(facts):
    """Not what takes its size from whatever it is in."""
    size = {} if (facts or {}).get("fills") else (facts or {}).get("size", {})
    return size.get("width", 0) > 0 and size.get("height", 0) > 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--qt", choices=CLIENTS, default="5.15")
    parser.add_argument("dirs", nargs="+")
    arguments = parser.parse_args()
    command = CLIENTS[arguments.qt]
    for folder in arguments.dirs:
        root = pathlib.Path(folder).resolve()
        documents = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.qml"))
        server = Process([str(BINARY), str(root), "--port", "0", "-q"], "stdout")
        address = server.wait(r"listening on (http://[^ ]+?)/?$")[1][1]
        local = [{"url": (root / document).as_uri()} for document in documents]
        live = [{"server": address, "document": document} for document in documents]
        with tempfile.TemporaryDirectory() as pictures:
            runs = {"first": (local, SOON), "again": (local, SOON), "later": (local, LATER), "live": (live, SOON)}
            places = {name: pathlib.Path(pictures) / name for name in runs}
            for place in places.values():
                place.mkdir()
            with concurrent.futures.ThreadPoolExecutor() as pool:
                asked = {name: pool.submit(grabbed, command, jobs, places[name], after)
                         for name, (jobs, after) in runs.items()}
                facts = {name: run.result() for name, run in asked.items()}
            counts = {"same": 0, "time": 0, "different": 0, "fails": 0, "no program": 0}
            for number, document in enumerate(documents):
                of = {name: facts[name][number] for name in runs}

                def read(name):
                    picture = places[name] / f"{number}.png"
                    return (picture.read_bytes() if picture.exists() else None, of[name].get("size"))

                if not stands_alone(of["first"]):
                    kind = "no program"
                elif not stands_alone(of["live"]):
                    kind = "fails"
                elif read("first") == read("live"):
                    kind = "same"
                elif read("first") != read("again") or read("first") != read("later"):
                    kind = "time"
                else:
                    kind = "different"
                counts[kind] += 1
                if kind in ("different", "fails", "time"):
                    print(f"pixels  {kind:10} {document}  {of['live'] if kind == 'fails' else ''}", flush=True)
                    if os.environ.get("KEEP") and kind == "different":
                        for name in ("first", "live"):
                            (places[name] / f"{number}.png").rename(
                                pathlib.Path(os.environ["KEEP"]) / f"{document.replace('/', '+')}.{name}.png")
            print(f"pixels  {root.name:30} Qt {arguments.qt:8} " + "   ".join(f"{k} {v}" for k, v in counts.items()), flush=True)
        server.stop()


main()
