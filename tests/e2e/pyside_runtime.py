#!/usr/bin/env python3
"""Shows a QML document in the newest Qt, like the `qml` tool: pyside_runtime.py URL [-- ARGS]

An Item gets a window of its size around it; a Window is shown as it is. Commands come line by
line on standard input, and the answers go to standard output, each a line after "ANSWER ":

    windows     the visible windows, as JSON, in the order of their titles
    click X Y   a click into the only visible window
    grab FILE   a picture of the only visible window
"""
import json
import os
import sys

from PySide6.QtCore import QPoint, QSocketNotifier, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine, QQmlComponent
from PySide6.QtQuick import QQuickItem, QQuickView
from PySide6.QtTest import QTest


def answer(value):
    print("ANSWER", json.dumps(value, sort_keys=True), flush=True)


def visible_windows():
    windows = [w for w in QGuiApplication.topLevelWindows() if w.isVisible()]
    return sorted(windows, key=lambda w: w.title())


def obey(line):
    command, _, rest = line.strip().partition(" ")
    windows = visible_windows()
    if command == "windows":
        answer([{"title": w.title(), "width": w.width(), "height": w.height()} for w in windows])
    elif len(windows) != 1:
        answer("there are %d visible windows" % len(windows))
    elif command == "click":
        x, y = map(int, rest.split())
        QTest.mouseClick(windows[0], Qt.LeftButton, Qt.NoModifier, QPoint(x, y))
        answer("clicked")
    elif command == "grab":
        answer(windows[0].grabWindow().save(rest))
    else:
        answer("no such command: " + command)


class Lines:
    """Standard input without blocking: what is there, in whole lines."""

    def __init__(self):
        self.rest = b""

    def read(self):
        data = os.read(0, 65536)
        if not data:
            QGuiApplication.quit()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            obey(line.decode())


def main():
    app = QGuiApplication(sys.argv)
    document = sys.argv[1]
    url = QUrl(document) if "://" in document else QUrl.fromLocalFile(os.path.abspath(document))
    # The view has to outlive the engine's other objects: it owns the engine.
    view = QQuickView()
    view.setResizeMode(QQuickView.SizeRootObjectToView)
    view.engine().quit.connect(app.quit)
    component = QQmlComponent(view.engine())
    kept = []

    def show():
        if component.isLoading():
            return
        for error in component.errors():
            print(error.toString(), file=sys.stderr, flush=True)
        root = component.create()
        kept.append(root)
        if isinstance(root, QQuickItem):
            width, height = int(root.width()), int(root.height())
            view.setContent(url, component, root)
            view.resize(width or 640, height or 480)
            view.show()

    component.statusChanged.connect(show)
    component.loadUrl(url)
    lines = Lines()
    notifier = QSocketNotifier(0, QSocketNotifier.Read)
    notifier.activated.connect(lines.read)
    code = app.exec()
    sys.stdout.flush()
    sys.stderr.flush()
    # Python would tear the objects down in any order.
    os._exit(code)


main()
