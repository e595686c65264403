"""A QML runtime on PySide6: shows the URL that is its last argument."""
import signal
import sys

from PySide6.QtCore import QTranslator, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickView

signal.signal(signal.SIGINT, signal.SIG_DFL)
app = QGuiApplication(sys.argv)
if "--translation" in sys.argv:
    translator = QTranslator()
    if translator.load(sys.argv[sys.argv.index("--translation") + 1]):
        app.installTranslator(translator)
view = QQuickView()
view.setResizeMode(QQuickView.ResizeMode.SizeViewToRootObject)
view.engine().quit.connect(app.quit)
view.setSource(QUrl(sys.argv[-1]))
view.show()
code = app.exec()
# Before the engine, which its items outlive otherwise.
del view
sys.exit(code)
