"""The player for devices: Player.qml in PySide6.

    python3 player.py [http://192.168.1.5:8080/~TOKEN/remote.qml]

It finds the servers of the network where the package zeroconf is installed.
"""
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine

try:
    from zeroconf import IPVersion, ServiceBrowser, Zeroconf
except ImportError:
    Zeroconf = None


class Found:
    """The servers that multicast DNS knows, by their names; called on a thread of zeroconf's."""

    def __init__(self):
        self.servers = {}

    def add_service(self, network, kind, name):
        service = network.get_service_info(kind, name)
        addresses = service.parsed_scoped_addresses(IPVersion.V4Only) if service else []
        if not addresses:
            return
        said = {key.decode(): (value or b"").decode(errors="replace") for key, value in service.properties.items()}
        scheme = "https" if said.get("tls") == "1" else "http"
        self.servers[name] = {
            "name": name.removesuffix("." + kind),
            "url": f"{scheme}://{addresses[0]}:{service.port}",
            "entry": said.get("entry", ""),
            "token": said.get("token") == "1",
        }

    update_service = add_service

    def remove_service(self, network, kind, name):
        self.servers.pop(name, None)


signal.signal(signal.SIGINT, signal.SIG_DFL)
app = QGuiApplication(sys.argv)
app.setOrganizationName("qmlserve")
app.setApplicationName("player")
engine = QQmlApplicationEngine(QUrl.fromLocalFile(Path(__file__).resolve().with_name("Player.qml")))
if not engine.rootObjects():
    sys.exit(1)
if Zeroconf:
    found = Found()
    network = Zeroconf()
    browser = ServiceBrowser(network, "_qmlserve._tcp.local.", found)
    window = engine.rootObjects()[0]
    shown = []

    def show():
        global shown
        servers = list(found.servers.values())
        if servers != shown:
            shown = servers
            window.setProperty("found", servers)

    timer = QTimer(interval=500)
    timer.timeout.connect(show)
    timer.start()
code = app.exec()
if Zeroconf:
    network.close()
del engine
sys.exit(code)
