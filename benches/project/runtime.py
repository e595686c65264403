"""Loads the documents whose URLs come in on standard input, each in an engine of its own, with
PySide6, the newest Qt. A line of JSON answers each: its URL, whether it is ready, its errors."""

import json
import sys

from PySide6.QtCore import QEventLoop, QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlEngine

MILLISECONDS = 30_000

app = QGuiApplication(sys.argv)
# An engine that goes while it still loads may take the process with it.
kept = []
for line in sys.stdin:
    url = line.strip()
    engine = QQmlEngine()
    component = QQmlComponent(engine)
    kept.append((engine, component))
    loop = QEventLoop()
    component.statusChanged.connect(loop.quit)
    component.loadUrl(QUrl(url))
    if component.isLoading():
        QTimer.singleShot(MILLISECONDS, loop.quit)
        loop.exec()
    errors = [error.toString() for error in component.errors()]
    if component.isLoading():
        errors = ["not loaded in time"]
    print(json.dumps({"url": url, "ready": component.isReady(), "errors": errors}), flush=True)
