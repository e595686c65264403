// Draws programs one after the other and saves a picture of each.
//
//     grab.qml --jobs=[{"url": "file:///…"}, {"server": "http://…", "document": "…"}, …] --pictures=DIR
//
// A program is loaded by its URL, or by a LiveLoader. It is drawn when its root's property
// `ready` is true, or with --after=MILLISECONDS so long after it has come up. What a picture does
// not show of a window is printed.
import QtQuick 2.12
import "../../.." 1.0

Item {
    id: grabber

    width: 400
    height: 400

    property var jobs: JSON.parse(argument("jobs"))
    property int number: -1
    property var component: null
    property var root: null
    readonly property int after: parseInt(argument("after"))
    readonly property bool ready: root !== null && root.ready === true

    onReadyChanged: if (ready && !after) Qt.callLater(grab)
    onRootChanged: if (root !== null && after) soon.restart()
    Component.onCompleted: Qt.callLater(next)

    function argument(name) {
        var start = "--" + name + "=";
        var found = Qt.application.arguments.filter(function(text) { return text.indexOf(start) === 0 });
        return found.length > 0 ? found[0].slice(start.length) : "";
    }

    Timer {
        id: soon
        interval: grabber.after || 10
        onTriggered: grabber.grab()
    }

    function next() {
        ++number;
        if (number === jobs.length) {
            console.log("DONE");
            return;
        }
        var job = jobs[number];
        if (job.server) {
            live.document = job.document;
            live.server = job.server;
            return;
        }
        component = Qt.createComponent(job.url, Component.Asynchronous);
        if (component.status === Component.Loading)
            component.statusChanged.connect(create);
        else
            create();
    }

    function create() {
        if (component.status !== Component.Ready) {
            failed(component.errorString());
            return;
        }
        var object = component.createObject(null);
        if (object.mapToItem)
            object.parent = grabber;
        root = object;
    }

    function failed(message) {
        console.log("FACTS " + JSON.stringify({ error: message }));
        next();
    }

    // Whether the root takes its size from what it is in.
    function fills() {
        var before = root.width + "x" + root.height;
        width += 10;
        height += 10;
        var after = root.width + "x" + root.height;
        width -= 10;
        height -= 10;
        return before !== after;
    }

    function grab() {
        var content = root;
        var window = !root.mapToItem;
        if (window) {
            content = root.contentItem;
            while (content.parent)
                content = content.parent;
            if (content.width !== root.width || content.height !== root.height) {
                // The window is not there yet.
                soon.start();
                return;
            }
        }
        var size = { width: root.width, height: root.height };
        var facts = window ? { size: size, title: root.title, color: String(root.color), flags: root.flags | 0 }
                           
                           : { size: size };
        if (after && !live.item)
            facts.fills = fills();
        if (!(content.width > 0 && content.height > 0)) {
            drawn(facts, window);
            return;
        }
        content.grabToImage(function(result) {
            var file = argument("pictures") + "/" + number + ".png";
            if (!result.saveToFile(file))
                console.log("cannot write " + file);
            drawn(facts, window);
        });
    }

    function drawn(facts, window) {
        console.log("FACTS " + JSON.stringify(facts));
        var old = root;
        root = null;
        if (!jobs[number].server) {
            if (window)
                old.visible = false;
            old.destroy();
        }
        next();
    }

    LiveLoader {
        id: live

        // A program is the only one that has the focus.
        focus: grabber.number >= 0 && grabber.number < grabber.jobs.length
               && grabber.jobs[grabber.number].server !== undefined
        onItemChanged: grabber.root = item
        onFailed: function(message) { grabber.failed(message) }
    }
}
