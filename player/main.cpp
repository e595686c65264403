// The player for devices: Player.qml in a program of its own. It finds no servers by itself.
#include <QGuiApplication>
#include <QQmlApplicationEngine>

int main(int argc, char *argv[])
{
    QGuiApplication app(argc, argv);
    app.setOrganizationName("qmlserve");
    app.setApplicationName("player");
    QQmlApplicationEngine engine(QUrl("qrc:/player/Player.qml"));
    return engine.rootObjects().isEmpty() ? 1 : app.exec();
}
