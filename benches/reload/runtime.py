"""A QML runtime on PySide6, the newest Qt: python3 runtime.py URL."""

import sys

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickView

app = QGuiApplication(sys.argv)
view = QQuickView()
view.engine().quit.connect(app.quit)
view.setSource(QUrl(sys.argv[1]))
view.show()
sys.exit(app.exec())
