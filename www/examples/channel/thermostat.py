"""A thermostat that publishes itself over a web channel: thermostat.py URL

It needs PySide6 (pip install PySide6-Essentials PySide6-Addons), and to run for long Python 3.12:
before that, PySide6 6.12.0 ends after some hundred messages. The URL is that of a relay, with
its token: ws://HOST:8080/channel/home?publish=TOKEN
"""

import json
import sys

from PySide6.QtCore import Property, QCoreApplication, QObject, QTimer, QUrl, Signal, Slot
from PySide6.QtWebChannel import QWebChannel, QWebChannelAbstractTransport
from PySide6.QtWebSockets import QWebSocket


class Transport(QWebChannelAbstractTransport):
    """A web channel's messages over a socket, one in each text."""

    def __init__(self, socket, parent=None):
        super().__init__(parent)
        self.socket = socket
        socket.textMessageReceived.connect(self.receive)

    def receive(self, text):
        self.messageReceived.emit(json.loads(text), self)

    def sendMessage(self, message):
        self.socket.sendTextMessage(json.dumps(message))


class Publisher(QObject):
    """Publishes objects at a URL, and again a second after the socket was closed."""

    def __init__(self, url, objects):
        super().__init__()
        self.channel = QWebChannel()
        self.channel.registerObjects(objects)
        self.transport = None
        self.socket = QWebSocket()
        self.socket.connected.connect(self.publish)
        self.socket.disconnected.connect(self.closed)
        self.socket.errorOccurred.connect(lambda _: print(self.socket.errorString(), flush=True))
        self.open = lambda: self.socket.open(QUrl(url))
        self.open()

    def publish(self):
        self.transport = Transport(self.socket)
        self.channel.connectTo(self.transport)
        print("published", flush=True)

    def closed(self):
        if self.transport:
            self.channel.disconnectFrom(self.transport)
            self.socket.textMessageReceived.disconnect(self.transport.receive)
            self.transport = None
        QTimer.singleShot(1000, self.open)


class Thermostat(QObject):
    degreesChanged = Signal()

    def __init__(self):
        super().__init__()
        self._degrees = 20

    def get_degrees(self):
        return self._degrees

    def set_degrees(self, degrees):
        if degrees != self._degrees:
            self._degrees = degrees
            self.degreesChanged.emit()

    degrees = Property(int, get_degrees, set_degrees, notify=degreesChanged)

    @Property(str, constant=True)
    def model(self):
        return "T-1"

    @Slot(int, result=int)
    def add(self, degrees):
        self.set_degrees(self._degrees + degrees)
        return self._degrees


if __name__ == "__main__":
    application = QCoreApplication(sys.argv)
    thermostat = Thermostat()
    publisher = Publisher(sys.argv[1], {"thermostat": thermostat})
    sys.exit(application.exec())
