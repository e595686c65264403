"""A QML runtime on PySide6, the newest Qt: python3 runtime.py [--trim] URL.

With --trim it lets go of what is not in use after each reload, as an application
with a LiveLoader can."""

import sys

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickView

app = QGuiApplication(sys.argv)
view = QQuickView()
view.engine().quit.connect(app.quit)


def trim():
    view.engine().trimComponentCache()


def follow(status):
    if status == QQuickView.Status.Ready:
        # Queued: not while a component is being made.
        view.rootObject().loaded.connect(trim, Qt.ConnectionType.QueuedConnection)


if "--trim" in sys.argv:
    view.statusChanged.connect(follow)
view.setSource(QUrl(sys.argv[-1]))
view.show()
sys.exit(app.exec())
