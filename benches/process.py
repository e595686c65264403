"""A child process of a benchmark, and what it prints."""

import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

ENV = {
    **os.environ,
    "QT_QPA_PLATFORM": "offscreen",
    "QT_QUICK_BACKEND": "software",
    "QT_FORCE_STDERR_LOGGING": "1",
    "XDG_RUNTIME_DIR": tempfile.gettempdir(),
}


class Process:
    """A child whose lines can be waited for, each with the time it came.

    `stream` is what is read of it: "stdout", "stderr", or both as one.
    """

    def __init__(self, command, stream=None):
        streams = {
            None: {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT},
            "stdout": {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL},
            "stderr": {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE},
        }
        self.lines = queue.Queue()
        self.child = subprocess.Popen([str(part) for part in command], env=ENV, text=True,
                                      stdin=subprocess.DEVNULL, start_new_session=True,
                                      **streams[stream])
        source = self.child.stderr or self.child.stdout

        def read():
            for line in source:
                self.lines.put((time.perf_counter(), line.rstrip()))

        threading.Thread(target=read, daemon=True).start()

    def wait(self, pattern, seconds=30):
        end = time.monotonic() + seconds
        heard = []
        while True:
            try:
                at, line = self.lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                sys.exit(f"never printed {pattern!r}:\n" + "\n".join(heard))
            heard.append(line)
            if match := re.search(pattern, line):
                return at, match

    def memory(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        """Ends it and what it started: qmlpreview leaves its program running."""
        self.signal_all(signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self.signal_all(signal.SIGKILL)
        self.child.wait()

    def signal_all(self, number):
        try:
            # It leads a session of its own, and so a process group.
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass
