"""Shows a URL, and says on standard output what the document's state() tells, whenever it is another
text: client.py URL. `touch(1)` of the document is called once, a second after it has come up: nobody is quicker.
"""
import signal
import sys
import time

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlExpression
from PySide6.QtQuick import QQuickView

signal.signal(signal.SIGINT, signal.SIG_DFL)
app = QGuiApplication(sys.argv)
view = QQuickView()
view.setSource(QUrl(sys.argv[-1]))
view.show()
touched = False
last = since = None


def call(code):
    item = view.rootObject().property("item") if view.rootObject() else None
    if item is None:
        return None
    value = QQmlExpression(view.engine().contextForObject(item), item, code).evaluate()
    return value[0] if isinstance(value, tuple) else value


def look():
    global touched, last, since
    state = call("state(1)")
    if state is None:
        return
    if not touched:
        since = since or time.monotonic()
        if time.monotonic() - since > 1:
            touched = True
            call("touch(1)")
    elif state != last:
        last = state
        print("SHOWS", state, flush=True)


timer = QTimer(interval=30)
timer.timeout.connect(look)
timer.start()
code = app.exec()
del view
sys.exit(code)
