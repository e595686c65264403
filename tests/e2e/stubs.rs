//! What `qmlserve stubs` writes is loaded by Qt without an error, and has what the source has.

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Folder, Setup, command, run};

const CMAKE: &str = "qt_add_qml_module(app URI My.App VERSION 1.0 SOURCES backend.h)\n";

const HEADER: &str = r#"
class Backend : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged)
    Q_PROPERTY(int level MEMBER m_level NOTIFY updated)
    Q_PROPERTY(Mode mode READ mode)
    Q_PROPERTY(Thing *thing READ thing CONSTANT)
    Q_PROPERTY(Spot spot READ spot)
public:
    enum Mode { Idle, Busy = 4, Off = -1 };
    Q_ENUM(Mode)
    Q_INVOKABLE void setName(const QString &name);
    Q_INVOKABLE bool save(const QUrl &file, int mode = 0);
signals:
    void nameChanged();
    void updated();
    void failed(const QString &message, Thing *by);
private:
    int m_level = 3;
};
struct Spot { Q_GADGET Q_PROPERTY(int x MEMBER x) };
class Thing : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(bool on READ on)
    Q_PROPERTY(int number READ number)
    Q_PROPERTY(double ratio READ ratio)
    Q_PROPERTY(QUrl url READ url)
    Q_PROPERTY(QColor color READ color)
    Q_PROPERTY(QDateTime date READ date)
    Q_PROPERTY(QPointF point READ point)
    Q_PROPERTY(QSize size READ size)
    Q_PROPERTY(QRectF rect READ rect)
    Q_PROPERTY(QFont font READ font)
    Q_PROPERTY(QVector2D v2 READ v2)
    Q_PROPERTY(QVector3D v3 READ v3)
    Q_PROPERTY(QVector4D v4 READ v4)
    Q_PROPERTY(QQuaternion turn READ turn)
    Q_PROPERTY(QMatrix4x4 matrix READ matrix)
    Q_PROPERTY(QVariant any READ any)
    Q_PROPERTY(QStringList list READ list)
    Q_PROPERTY(QVariantMap map READ map)
    Q_PROPERTY(QQmlListProperty<QObject> items READ items)
    Q_PROPERTY(QQmlComponent *delegate READ delegate)
    Q_PROPERTY(QAbstractItemModel *model READ model)
    Q_PROPERTY(QObject *object READ object)
    Q_PROPERTY(Backend *owner READ owner)
    Q_PROPERTY(Qt::Alignment side READ side)
    Q_CLASSINFO("DefaultProperty", "items")
public:
    Q_INVOKABLE QFont makeFont();
    Q_INVOKABLE QPoint makePoint();
    Q_INVOKABLE Backend *makeBackend();
    Q_INVOKABLE QVariantMap makeMap();
    Q_INVOKABLE QAbstractListModel *makeModel();
signals:
    void all(bool a, int b, double c, QString d, QUrl e, QColor f, QDateTime g, QPoint h, QSize i,
             QRect j, QFont k, QVector3D l, QVariant m, QStringList n, QObject *o, Thing *p, int in);
};
class Rows : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(int count READ rowCount NOTIFY countChanged)
    Q_PROPERTY(QString title READ title)
public:
    Q_INVOKABLE void refresh();
    Q_INVOKABLE QVariantMap get(int row);
signals:
    void countChanged();
    void dataChanged();
};
class Gauge : public QQuickPaintedItem {
    Q_OBJECT
    QML_NAMED_ELEMENT(Dial2)
    Q_PROPERTY(qreal value READ value)
    Q_PROPERTY(qreal width READ width)
signals:
    void turned();
    void widthChanged();
};
namespace Kinds { Q_NAMESPACE QML_ELEMENT
    enum class Kind { First, Second }; Q_ENUM_NS(Kind) }
"#;

const MAIN: &str = r#"
import QtQuick 2.12
import My.App 1.0
import Lost.Module 1.0 as L
Item {
    id: root
    property string heard
    Thing { id: thing; QtObject { objectName: "inner" } QtObject {} }
    Rows { id: rows; title: "t" }
    Dial2 { id: dial; width: 20; onTurned: root.heard += "turned "; Rectangle { id: child } }
    L.Panel { id: panel; text: "p"; font.bold: true; grid.step: 2; onOpened: root.heard += "opened "; Item {} }
    Connections { target: Backend; function onUpdated() { root.heard += "updated " } }
    Connections { target: Backend; function onFailed(message, by) { root.heard += message } }
    Component.onCompleted: {
        Backend.setName("n"); Backend.level = 5; Backend.failed("failed ", thing)
        dial.turned(); panel.opened()
        thing.all(true, 1, 1.5, "", "", "red", new Date(), Qt.point(1, 2), Qt.size(1, 1), Qt.rect(0, 0, 1, 1), thing.font, thing.v3, null, [], null, thing, 1)
        thing.makeFont(); thing.makeMap()
        console.log("FOUND", JSON.stringify([
            Backend.name, Backend.level, Backend.mode, Backend.thing.number, Backend.spot.x,
            Backend.save("f", 1), Backend.Idle, Backend.Busy, Backend.Mode.Busy, Backend.Off > 4, Kinds.Second,
            thing.on, thing.number, thing.ratio, thing.list.length, thing.items.length,
            thing.model.count, thing.owner === null || thing.owner === Backend, thing.makePoint().x,
            rows.count, rows.title, typeof rows.refresh, child.parent === dial, panel.text, panel.grid.step, root.heard]))
    }
}
"#;

fn what_is_written_has_what_the_source_has(runtime: Runtime) {
    let folder = Folder::new();
    folder.write("CMakeLists.txt", CMAKE);
    folder.write("backend.h", HEADER);
    folder.write("main.qml", MAIN);
    let finished = run(&mut command(&["stubs", "tree"], folder.around()));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);

    let mut command = runtime.command();
    let stubs = folder.on_disk("stubs");
    command
        .env("QML2_IMPORT_PATH", &stubs)
        .env("QML_IMPORT_PATH", &stubs);
    command.arg(folder.on_disk("main.qml"));
    let client = QtClient::start(runtime.name(), command);

    let found = client.wait_for("FOUND");
    let expected = r#"["n",5,0,0,0,false,0,4,4,true,1,false,0,0,0,2,0,true,0,0,"t","function",true,"p",2,"updated failed turned opened "]"#;
    assert!(found.ends_with(expected), "{found}");
    let complaints: Vec<_> = client.lines();
    let complaints = complaints.iter().filter(|line| line.contains(".qml:"));
    let complaints: Vec<_> = complaints.collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

const ATTACHING: &str = r#"
import QtQuick 2.12
import Lost.Look 1.0 as L
Item {
    width: 100; height: 100
    L.Theme.inherit: false; L.Theme.onGone: console.log("never")
    L.Pane { id: pane; L.Pane.pinned: true; actions: [ Item {}, Item {} ] }
    Keys.onUpPressed: console.log("up")
    Component.onCompleted: console.log("FOUND", L.Theme.unit, pane.actions.length, 1)
}
"#;

fn what_no_document_can_attach_is_left_out(runtime: Runtime) {
    let folder = Folder::new();
    folder.write("main.qml", ATTACHING);
    let finished = run(&mut command(&["stubs", "tree"], folder.around()));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let server = Setup::on(folder).start();

    let client = QtClient::open(runtime, &server.url("/@qmlserve/live.qml"));

    let found = client.wait_for("FOUND");
    assert!(found.ends_with("FOUND undefined 2 1"), "{found}");

    // A stand-in is edited as any other file.
    let theme = server.folder.on_disk("stubs/Lost/Look/Theme.qml");
    let written = std::fs::read_to_string(&theme).unwrap();
    std::fs::write(&theme, written.replace("unit: undefined", "unit: 18")).unwrap();
    client.wait_for("FOUND 18 2 1");
}

in_each_runtime!(
    what_is_written_has_what_the_source_has,
    what_no_document_can_attach_is_left_out,
);
