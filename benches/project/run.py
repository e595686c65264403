#!/usr/bin/env python3
"""How many documents of projects load in a stock Qt: through qmlserve, and through a plain server.

    cargo build --release && python3 benches/project/run.py [--all] DIR...

Each DIR is a project as its authors keep it, not built, perhaps with stand-ins that `qmlserve stubs`
wrote, which are not counted themselves. A document counts as loaded if the engine
has all of its types; its objects are not made. One that fails is put down to the innermost error:

    C++      a type or module that the project's own C++ or Python registers
    package  a module that neither Qt nor the project has
    broken   what goes wrong in the same way with local files
    lost     loads from a plain server, but not from qmlserve; it counts under its cause, too
    other    anything else, printed like what is lost: with --all, also those of the other kinds

QMLSERVE_PYTHON names an interpreter that has PySide6 (default: this one), PROFILE the build.
"""

import collections
import functools
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BINARY = HERE.parent.parent / "target" / (os.environ.get("PROFILE") or "release") / "qmlserve"
PYTHON = os.environ.get("QMLSERVE_PYTHON", sys.executable)
ENV = {
    **os.environ,
    "QT_QPA_PLATFORM": "offscreen",
    "QT_QUICK_BACKEND": "software",
    "QT_FORCE_STDERR_LOGGING": "1",
    "XDG_RUNTIME_DIR": tempfile.gettempdir(),
}


class Engine:
    """The runtime, started again now and then, and whenever a document ends it."""

    MOST_LOADS = 40

    def __init__(self):
        self.child, self.loads = None, 0

    def load(self, url):
        if self.child is None or self.loads == self.MOST_LOADS:
            self.start()
        self.loads += 1
        try:
            self.child.stdin.write(url + "\n")
            self.child.stdin.flush()
            line = self.child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            answer = json.loads(line)
            return answer["ready"], answer["errors"]
        was_first = self.loads == 1
        self.stop()
        return (False, ["the runtime ended"]) if was_first else self.load(url)

    def start(self):
        self.stop()
        self.loads = 0
        self.child = subprocess.Popen(
            [PYTHON, str(HERE / "runtime.py")], env=ENV, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


class PlainServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that goes away is nothing to tell of."""


def plain_server(root):
    handler = functools.partial(Quiet, directory=str(root))
    server = PlainServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}/"


def qmlserve(root):
    """The server, and the address that its first lines name."""
    child = subprocess.Popen([str(BINARY), "--port", "0", str(root)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = []
    for line in child.stdout:
        said.append(line)
        found = re.search(r"http://[\w.]+:\d+/", line)
        if found:
            threading.Thread(target=lambda: [None for _ in child.stdout], daemon=True).start()
            return child, found[0]
    sys.exit("qmlserve does not start:\n" + "".join(said))


def documents(root):
    built = [cache.parent for cache in root.rglob("CMakeCache.txt")]
    found = []
    for path in sorted(root.rglob("*.qml")):
        hidden = any(part.startswith(".") or part == "stubs" for part in path.relative_to(root).parts)
        if path.is_file() and not hidden and not any(dir in path.parents for dir in built):
            found.append(path.relative_to(root).as_posix())
    return found


class Native:
    """What the project's own sources register, found by how it is written: only to name causes."""

    def __init__(self, root):
        self.types, self.modules = set(), set()
        for path in root.rglob("*"):
            if path.suffix in (".h", ".hpp", ".cpp", ".cc", ".py") and path.is_file():
                self.read(path.read_text(errors="replace"))

    def read(self, text):
        self.types.update(re.findall(r"QML_(?:NAMED_ELEMENT|VALUE_TYPE)\(\s*(\w+)", text))
        self.modules.update(re.findall(r"QML_IMPORT_NAME\s*=\s*[\"']([\w.]+)", text))
        for match in re.finditer(r"QML_(?:ELEMENT|FOREIGN|ANONYMOUS)\b", text):
            classes = re.findall(r"\b(?:class|struct)\s+(?:[A-Z_]+\s+)?(\w+)\s*(?:final\s*)?(?::[^;{]*)?\{", text[:match.start()])
            self.types.update(classes[-1:])
        self.types.update(re.findall(r"@QmlElement[\s\S]{0,200}?class\s+(\w+)", text))
        for match in re.finditer(r"qml(?:Protect|Register\w*)\s*(?:<[^;(]*>)?\s*\(([^;]*)", text):
            names = re.findall(r"\"([\w./:]+)\"", match[1])
            self.modules.update(names[:1])
            self.types.update(names[1:])
        # By a function of the project's own, or a name that is put into a variable first.
        for match in re.finditer(r"\w*[rR]egister\w*\s*\(([^;]*)\);", text):
            self.types.update(re.findall(r"\"(\w+)\"", match[1]))
        self.modules.update(re.findall(r"\"((?:[A-Za-z]\w*\.)+\w+)\"", text))

    def cause(self, error):
        module = re.search(r"module \"([\w.]+)\"", error)
        if module:
            return "C++" if module[1] in self.modules else "package"
        named = re.search(r"(?:Type )?(\w+(?:\.\w+)*) (?:is not a type|unavailable)", error)
        # Of a type that its list lacks, the engine looks for a file.
        named = named or re.search(r"(\w+)\.qml: File not found", error)
        if named and named[1].split(".")[-1] in self.types:
            return "C++"
        # What the C++ type of this name would have brought.
        if "Non-existent attached object" in error:
            return "C++"
        return "other"


def without_address(error):
    return re.sub(r"http://[^/]+/(@\w+/)?", "", error)


def is_broken(engine, path, error):
    ready, errors = engine.load(path.as_uri())
    said = re.sub(r"^.*?(?=:\d+:\d+: |: )", "", error)
    return not ready and any(other.endswith(said) for other in errors)


def measure(root, verbose):
    native = Native(root)
    engine = Engine()
    server, plain = plain_server(root)
    child, address = qmlserve(root)
    with urllib.request.urlopen(address + "@qmlserve/status") as answer:
        served = f"{address}@{json.load(answer)['version']}/"
    counts = collections.Counter()
    failures = []
    try:
        for path in documents(root):
            url = urllib.parse.quote(path)
            counts["documents"] += 1
            was_ready = engine.load(plain + url)[0]
            counts["plain"] += was_ready
            ready, errors = engine.load(served + url)
            counts["qmlserve"] += ready
            counts["lost"] += was_ready and not ready
            if not ready:
                error = errors[-1] if errors else "no error is told"
                cause = native.cause(error)
                if cause == "other" and is_broken(engine, root / path, error):
                    cause = "broken"
                if was_ready:
                    cause += ", but loads from a plain server"
                counts[cause.split(",")[0]] += 1
                failures.append((cause, path, without_address(error)))
    finally:
        engine.stop()
        child.terminate()
        child.wait()
        server.shutdown()
    for cause, path, error in failures:
        if verbose or cause == "other" or "," in cause:
            print(f"  {cause}: {path}\n      {error}", flush=True)
    return counts


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    if not arguments:
        sys.exit(__doc__)
    columns = ["documents", "plain", "qmlserve", "lost", "C++", "package", "broken", "other"]
    total = collections.Counter()
    rows = []
    for argument in arguments:
        root = pathlib.Path(argument).resolve()
        print(root.name, flush=True)
        counts = measure(root, "--all" in sys.argv)
        total += counts
        rows.append((root.name, counts))
    print("\n| project | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))
    for name, counts in [*rows, ("all", total)]:
        print(f"| {name} | " + " | ".join(str(counts[column]) for column in columns) + " |")
    able = total["qmlserve"] + total["other"]
    if able:
        share = 100 * total["qmlserve"] / able
        print(f"\nOf those that need no C++ and no package, and load from local files, {share:.1f} % load.")


if __name__ == "__main__":
    main()
