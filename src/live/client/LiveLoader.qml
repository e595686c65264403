// LiveLoader shows a QML document of a qmlserve server and keeps it on the newest
// state: like a Loader whose source is being edited.
//
//     import "…/qmlserve" 1.0              // a checkout, or "http://host:8080/@qmlserve" 1.0
//
//     LiveLoader {
//         server: "http://host:8080"
//         document: "main.qml"
//     }
//
// Properties
//   server      string   the server's address; may change at any time
//   document    string   the document to show, relative to the tree that is served; likewise
//   item        QtObject read-only: the object that is shown, or null. An Item, or a Window,
//                        which is a window of its own
//   status      int      read-only: Loader.Null (nothing to load), Loader.Loading,
//                        Loader.Ready, Loader.Error (the newest version failed; item still is
//                        the last good one)
//   version     string   read-only: the version that is shown, "" before the first
//   connected   bool     read-only: whether the server is there
// Signals
//   loaded()                a new version is shown
//   failed(string message)  a version could not be shown; one error a line
//
// Size: without a size of its own it takes that of the loaded item, and follows it; with one
// (width, anchors, a layout) the item takes that. Before the first item it is 640 x 480.
//
// State: a new version starts afresh, unless the document's root hands its state over:
//
//     function saveState() { return { count: count } }
//     function restoreState(state) { count = state.count }
//
// In this order: the new root is created, Component.onCompleted included; saveState() of the
// old root; restoreState() of the new one, with a copy of what JSON keeps of that; then the new
// root gets its size and becomes visible, and the old one is destroyed. A version that fails,
// or has no such functions, loses nothing: the last saved state waits for the next that asks.
import QtQuick 2.12
import "errors.js" as Errors
import "factory.js" as Factory
import "wire.js" as Wire

FocusScope {
    id: root

    property string server: ""
    property string document: "main.qml"
    readonly property QtObject item: d.item
    readonly property int status: d.status
    readonly property string version: d.version
    readonly property bool connected: stream.connected

    signal loaded()
    signal failed(string message)

    // For a shell that has a window to fit to the item: its own size is known, and it is going
    // to be shown. `declared` tells that this size is another one than the last version's.
    signal fitting(real itemWidth, real itemHeight, bool declared)

    implicitWidth: 640
    implicitHeight: 480

    onServerChanged: d.restart()
    onDocumentChanged: d.restart()
    onWidthChanged: d.pushWidth()
    onHeightChanged: d.pushHeight()
    Component.onDestruction: d.close()

    EventStream {
        id: stream

        server: Wire.origin(root.server)
        document: root.document
        onUpdated: function(state) { d.take(state) }
    }

    // Holds one version's item. One for each, so that two versions never share a focus scope.
    Component {
        id: frameComponent

        FocusScope {
            anchors.fill: parent
            visible: false
        }
    }

    FocusScope {
        id: stage

        anchors.fill: parent
        focus: true
    }

    // Overlay and mark belong to the window that is looked at.
    Loader {
        id: overlay

        parent: d.surface
        anchors.fill: parent
        z: 1e9
        active: d.notice !== null
        sourceComponent: MessageOverlay {
            title: d.notice ? d.notice.title : ""
            entries: d.notice ? d.notice.entries : []
            isError: d.notice ? d.notice.isError : false
            dims: d.item !== null
        }
    }

    Loader {
        parent: d.surface
        anchors.fill: parent
        z: 1e9 + 1
        active: stream.lost && d.item !== null
        sourceComponent: Item {
            ConnectionMark {}
        }
    }

    // Before the first item there is nothing to see: say what is awaited, but not to those who
    // hardly have to wait.
    Timer {
        id: patience

        interval: 700
        running: d.item === null && d.notice === null && root.server !== ""
        onTriggered: d.impatient = true
    }

    Timer {
        id: retry

        onTriggered: d.load(d.newest)
    }

    QtObject {
        id: d

        property QtObject item: null
        property FocusScope frame: null
        property string version: ""
        property int status: Loader.Null

        // The newest state that the server told of, and the attempt at it that is under way.
        property var newest: null
        property var attempt: null
        // Attempts that the network spoiled: see Wire.fresh.
        property int spoiled: 0
        property bool spoiledNow: false

        // What saveState() returned last, as JSON, or "".
        property string saved: ""
        // The size that the shown version asked for.
        property real naturalWidth: 0
        property real naturalHeight: 0
        property bool following: false
        property bool pushing: false

        property bool impatient: false
        property var failure: null   // { title, entries, isError }
        property var missing: null   // likewise
        readonly property var notice: missing || failure || (impatient && item === null ? waiting() : null)

        // What the person looks at: this item, or the Window's content.
        readonly property Item surface: isWindow(item) ? contentOf(item) : root

        function isWindow(object) {
            return object !== null && typeof object.requestActivate === "function";
        }

        function isItem(object) {
            return object !== null && typeof object.mapToItem === "function";
        }

        // The whole of a window: an ApplicationWindow's contentItem lies between its bars.
        function contentOf(window) {
            var content = window.contentItem;
            while (content.parent)
                content = content.parent;
            return content;
        }

        function waiting() {
            if (stream.refusal !== "")
                return { title: root.server + " refused", isError: true,
                         entries: [{ location: "", message: stream.refusal }] };
            if (stream.connected)
                return { title: "Loading " + root.document, isError: false, entries: [] };
            return { title: "Waiting for " + root.server, isError: false,
                     entries: [{ location: "", message: "Start the server there, or check the address. This goes on by itself." }] };
        }

        // Another server or another document: nothing that is known holds any longer, but what
        // is on the screen stays until there is something to take its place.
        function restart() {
            drop();
            newest = null;
            version = "";
            saved = "";
            failure = null;
            missing = null;
            spoiledNow = false;
            status = root.server === "" || root.document === "" ? Loader.Null : Loader.Loading;
        }

        function take(state) {
            var known = newest !== null && newest.version === state.version;
            if (known && !spoiledNow)
                return;
            newest = { version: state.version, url: state.url, since: Date.now() };
            if (state.url) {
                missing = null;
                load(newest);
                return;
            }
            drop();
            failure = null;
            status = Loader.Loading;
            missing = { title: "Waiting for " + root.document, isError: false,
                        entries: [{ location: "", message: state.hint || "The server does not have it yet." }] };
        }

        // Gives up the attempt under way; what it has made is destroyed, now or as soon as it can.
        function drop() {
            retry.stop();
            if (attempt === null)
                return;
            var old = attempt;
            attempt = null;
            // An incubation cannot be stopped from QML: it ends in incubated().
            if (!old.incubating)
                old.component.destroy();
        }

        function load(state) {
            drop();
            status = Loader.Loading;
            spoiledNow = false;
            var current = {
                state: state,
                component: Factory.component(Wire.fresh(state.url, spoiled)),
                incubator: null,
                incubating: false
            };
            attempt = current;
            var check = function() {
                if (d.attempt === current)
                    d.compiled(current);
            };
            if (current.component.status === Component.Loading)
                current.component.statusChanged.connect(check);
            else
                check();
        }

        function compiled(current) {
            if (current.component.status === Component.Error) {
                fail(current, current.component.errorString());
                return;
            }
            if (current.component.status !== Component.Ready)
                return;
            // A Window shows itself once it is complete; the next one of a row of Windows is
            // held back until it has its predecessor's place.
            var properties = isWindow(item) ? { visible: false, visibility: 0 } : {};
            current.incubating = true;
            // Without a parent, as the root of a document is when it is started by itself.
            current.incubator = current.component.incubateObject(null, properties);
            if (current.incubator === null) {
                fail(current, current.component.errorString());
            } else if (current.incubator.status === Component.Loading) {
                current.incubator.onStatusChanged = function() {
                    d.incubated(current);
                };
            } else {
                incubated(current);
            }
        }

        function incubated(current) {
            if (current.incubator.status === Component.Loading)
                return;
            var object = current.incubator.object;
            if (d.attempt !== current) {
                if (object)
                    object.destroy();
                current.component.destroy();
                return;
            }
            if (current.incubator.status === Component.Ready && object) {
                swap(current, object);
                return;
            }
            // An incubator keeps its errors to itself. Creating the object once more, at a
            // stroke, makes the component tell them.
            object = current.component.createObject(null);
            if (object)
                swap(current, object);
            else
                fail(current, current.component.errorString() || "The root object could not be created.");
        }

        function fail(current, message) {
            var state = current.state;
            attempt = null;
            current.component.destroy();
            message = message.replace(/\s+$/, "");
            if (Errors.isTransport(message)) {
                // Not the document's fault. If the server is gone, its return brings us here
                // again; if it is there, try again before long.
                ++spoiled;
                spoiledNow = true;
                retry.interval = Math.min(5000, 250 * Math.pow(2, Math.min(spoiled, 5)));
                retry.start();
                return;
            }
            failure = { title: root.document + " could not be shown", isError: true, entries: Errors.parse(message) };
            status = Loader.Error;
            report(state, { kind: "error", message: message });
            root.failed(message);
        }

        function report(state, body) {
            body.version = state.version;
            body.url = state.url;
            body.document = root.document;
            stream.report(body);
        }

        function swap(current, object) {
            var state = current.state;
            attempt = null;
            var old = item;
            var oldFrame = frame;
            keepState(old);
            handOver(object);

            var newFrame = null;
            if (isItem(object)) {
                newFrame = frameComponent.createObject(stage);
                fit(object, newFrame);
            } else if (isWindow(object)) {
                place(object, isWindow(old) ? old : null);
            }

            var hadFocus = isItem(old) && old.activeFocus;
            failure = null;
            impatient = false;
            frame = newFrame;
            item = object;
            version = state.version;
            status = Loader.Ready;
            if (oldFrame)
                oldFrame.visible = false;
            if (newFrame) {
                newFrame.focus = true;
                newFrame.visible = true;
                if (hadFocus && !object.activeFocus && activeElsewhere(newFrame))
                    object.forceActiveFocus();
            }

            remove(old, oldFrame);
            // The object does not need its component any more.
            current.component.destroy();
            report(state, { kind: "loaded", duration: Date.now() - state.since });
            root.loaded();
        }

        // Whether nothing inside of the frame took the focus.
        function activeElsewhere(someFrame) {
            return someFrame.activeFocus;
        }

        function remove(object, itsFrame) {
            if (isWindow(object))
                object.visible = false;
            if (object)
                object.destroy();
            if (itsFrame)
                itsFrame.destroy();
        }

        function close() {
            drop();
            remove(item, frame);
        }

        function keepState(old) {
            if (old === null || typeof old.saveState !== "function")
                return;
            try {
                saved = JSON.stringify(old.saveState()) || "";
            } catch (error) {
                console.warn("qmlserve: saveState() failed: " + error);
            }
        }

        function handOver(object) {
            if (saved === "" || typeof object.restoreState !== "function")
                return;
            try {
                object.restoreState(JSON.parse(saved));
            } catch (error) {
                console.warn("qmlserve: restoreState() failed: " + error);
            }
        }

        // A size: the item's own while we have none, else ours.
        function fit(object, newFrame) {
            var width = object.width;
            var height = object.height;
            var declared = width !== naturalWidth || height !== naturalHeight;
            naturalWidth = width;
            naturalHeight = height;
            if (width > 0 && height > 0)
                root.fitting(width, height, declared);
            following = true;
            if (width > 0)
                root.implicitWidth = width;
            if (height > 0)
                root.implicitHeight = height;
            following = false;
            pushing = true;
            object.parent = newFrame;
            if (object.width !== root.width)
                object.width = root.width;
            if (object.height !== root.height)
                object.height = root.height;
            pushing = false;
        }

        function pushWidth() {
            if (following || !isItem(item) || item.width === root.width)
                return;
            pushing = true;
            item.width = root.width;
            pushing = false;
        }

        function pushHeight() {
            if (following || !isItem(item) || item.height === root.height)
                return;
            pushing = true;
            item.height = root.height;
            pushing = false;
        }

        function follow() {
            if (pushing || !isItem(item))
                return;
            following = true;
            if (item.width > 0)
                root.implicitWidth = item.width;
            if (item.height > 0)
                root.implicitHeight = item.height;
            following = false;
        }

        // A window stands where its predecessor stood, however that was moved or resized, unless
        // the document asks for another size now.
        function place(window, old) {
            var width = window.width;
            var height = window.height;
            if (old !== null) {
                window.x = old.x;
                window.y = old.y;
                if (width === naturalWidth && height === naturalHeight) {
                    window.width = old.width;
                    window.height = old.height;
                }
            }
            naturalWidth = width;
            naturalHeight = height;
            if (old !== null)
                window.visibility = old.visibility;
            else if (!window.visible)
                window.visible = true;
            if (old !== null && old.active)
                window.requestActivate();
        }
    }

    Connections {
        target: d.isItem(d.item) ? d.item : null
        ignoreUnknownSignals: true
        function onWidthChanged() { d.follow() }
        function onHeightChanged() { d.follow() }
    }
}
