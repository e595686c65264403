"""What one would write without a server: QFileSystemWatcher, clearComponentCache,
setSource. The peer that the benchmark compares with."""

import os
import sys

from PySide6.QtCore import QFileSystemWatcher, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickView

app = QGuiApplication(sys.argv)
main = os.path.abspath(sys.argv[1])
view = QQuickView()
watcher = QFileSystemWatcher(
    [os.path.join(folder, name) for folder, _, names in os.walk(os.path.dirname(main)) for name in names]
)


def reload(path=None):
    # A file that was replaced by a rename is watched no more.
    if path and path not in watcher.files():
        watcher.addPath(path)
    view.setSource(QUrl())
    view.engine().clearComponentCache()
    view.setSource(QUrl.fromLocalFile(main))


watcher.fileChanged.connect(reload)
reload()
view.show()
sys.exit(app.exec())
