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
//   keepState   bool     whether what the person did is carried over to the next version (true)
// Signals
//   loaded()                a new version is shown
//   failed(string message)  a version could not be shown; one error a line
//
// Size: without a size of its own it takes that of the loaded item, and follows it; with one
// (width, anchors, a layout) the item takes that. Before the first item it is 640 x 480.
//
// State: what the person did stays over a new version: text typed, focus, what is checked, values
// of sliders and spin boxes, current tabs and rows, scroll positions, what is open. Where a
// binding decides, or the edit was of this very value, that shows. What else is to stay the
// document's root hands over:
//
//     function saveState() { return { count: count } }
//     function restoreState(state) { count = state.count }
//
// In this order: the new root is created, Component.onCompleted included, and its images and
// Loaders get a moment to arrive; saveState() of the old root; what the person did is carried over;
// restoreState() of the new one, with a copy of what JSON keeps of the state; then the new root gets its size and becomes visible, and the
// old one is destroyed. A version that fails, or has no such functions, loses nothing: the last
// saved state waits for the next that asks. Another document gets no state.
import QtQuick 2.12
import "errors.js" as Errors
import "factory.js" as Factory
import "items.js" as Items
import "roots.js" as Roots
import "wire.js" as Wire

FocusScope {
    id: root

    property string server: ""
    property string document: "main.qml"
    property bool keepState: true
    readonly property QtObject item: d.item
    readonly property int status: d.status
    readonly property string version: d.version
    readonly property bool connected: stream.connected

    signal loaded()
    signal failed(string message)

    // For a shell that has a window to fit to the item: this is going to be shown, and asks for
    // another size than its predecessor did.
    signal fitting(real itemWidth, real itemHeight)
    // For a shell whose window knows whole pixels only: an item may keep its fraction of one.
    property bool keepsFractions: false

    implicitWidth: 640
    implicitHeight: 480

    onServerChanged: d.restart()
    onDocumentChanged: d.restart()
    onWidthChanged: sizing.pushWidth()
    onHeightChanged: sizing.pushHeight()
    Component.onDestruction: d.close()

    EventStream {
        id: stream

        server: Wire.address(root.server)
        document: root.document
        onUpdated: function(state) { d.take(state) }
        onCommanded: function(command) { d.obey(command) }
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

        objectName: Items.own
        parent: d.surface || root
        anchors.fill: parent
        z: 1e9
        active: d.notice !== null && d.notice !== d.dismissed
        sourceComponent: MessageOverlay {
            title: d.notice ? d.notice.title : ""
            entries: d.notice ? d.notice.entries : []
            isError: d.notice ? d.notice.isError : false
            dims: d.item !== null && d.surface !== null
            onDismissed: d.dismissed = d.notice
        }
    }

    Loader {
        objectName: Items.own
        parent: d.surface || root
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

    Preload {
        id: preload
    }

    // Nobody has said which document to show: the person does.
    Loader {
        id: chooser

        anchors.fill: parent
        z: 1e9
        active: d.choosing
        sourceComponent: Chooser {
            choices: d.choices
            focus: true
            onChosen: function(document) {
                stage.focus = true;
                root.document = document;
            }
        }
        onLoaded: item.forceActiveFocus()
    }

    DocumentLoader {
        id: documents

        waits: preload.busy

        onReady: function(object) { d.swap(object) }
        onFailed: function(message) { d.fail(message) }
    }

    Sizing {
        id: sizing

        loader: root
        item: d.item
        keepsFractions: root.keepsFractions
        onFitting: function(itemWidth, itemHeight) { root.fitting(itemWidth, itemHeight) }
    }

    StateKeeper {
        id: keeper
    }

    Timer {
        id: retry

        // Without the server its return will do.
        onTriggered: if (stream.connected) d.load()
    }

    QtObject {
        id: d

        property QtObject item: null
        property FocusScope frame: null
        // What gives names to the item, as a program does; null if nothing does.
        property QtObject names: null
        property string version: ""
        property int status: Loader.Null

        // The newest state that the server told of: { version, url, run, since }.
        property var newest: null
        // What documents import of the tree's modules. The engine may have some of them, too.
        property var imports: []
        // The pictures and fonts that the document is going to show, and the types whose
        // enumerations it may name, as the server names them.
        property var pictures: []
        // How many times the network spoiled a load, and whether it did so with the newest state.
        property int spoiled: 0
        property bool again: false
        // How many loads in a row it spoiled.
        property int inVain: 0
        property real failedAt: 0

        // What saveState() returned last, as JSON, or "", and the document that it is of.
        property string saved: ""
        property string savedOf: ""

        // How many times a person wanted everything anew, and whether nothing is to be kept.
        property int renewals: 0
        property bool forgets: false

        // What a page in a browser has this client do; null until the first one asks, and what it
        // asked until it is there.
        property QtObject remote: null
        property var commands: []

        // What there is to show instead of a document that does not exist.
        property var choices: []
        readonly property bool choosing: choices.length > 0 && item === null

        property bool impatient: false
        property var failure: null   // { title, entries, isError }
        property var missing: null   // likewise
        property var dismissed: null // what the person has read, one of them
        readonly property var notice: choosing ? null : missing || failure
            || (item === null ? (impatient ? waiting() : null) : surface === null ? invisible() : null)

        // What the person looks at: the Window's content, or this item; null where there is
        // neither, a root that is no more than a QtObject.
        readonly property Item surface: Roots.isWindow(item) ? Roots.contentOf(item)
                                        : item === null || Roots.isItem(item) ? root : null

        function waiting() {
            if (stream.refusal !== "")
                return { title: Wire.shown(root.server) + " refused", isError: true,
                         entries: [{ location: "", message: stream.refusal }] };
            if (stream.connected)
                return { title: "Loading " + root.document, isError: false, entries: [] };
            return { title: "Waiting for " + Wire.shown(root.server), isError: false,
                     entries: [{ location: "", message: "Start the server there, or check the address. This goes on by itself." }] };
        }

        function invisible() {
            return { title: root.document + " is running", isError: false,
                     entries: [{ location: "", message: "There is nothing to see: its root is neither an Item nor a Window." }] };
        }

        // Another server or another document: nothing that is known holds any longer, but what
        // is on the screen stays until there is something to take its place.
        function restart() {
            documents.drop();
            retry.stop();
            newest = null;
            imports = [];
            pictures = [];
            version = "";
            failure = null;
            missing = null;
            choices = [];
            again = false;
            inVain = 0;
            status = root.server === "" || root.document === "" ? Loader.Null : Loader.Loading;
        }

        function take(state) {
            imports = state.imports || imports;
            pictures = state.pictures || pictures;
            if (newest !== null && Wire.isSame(newest, state) && !again) {
                // Not a change, unless it failed as the server went: a qmldir that was missed
                // then reads like a mistake in a document.
                if (status !== Loader.Error || Math.abs(failedAt - stream.brokenAt) > 2000) {
                    newest.version = state.version;
                    newest.run = state.run;
                    if (status === Loader.Ready)
                        version = state.version;
                    return;
                }
                ++spoiled;
            }
            if (newest === null || !Wire.isSame(newest, state))
                inVain = 0;
            newest = { version: state.version, url: state.url, run: state.run, context: state.context, since: Date.now() };
            choices = state.choices || [];
            if (state.url) {
                missing = null;
                load();
                return;
            }
            documents.drop();
            retry.stop();
            failure = null;
            status = Loader.Loading;
            missing = { title: "Waiting for " + root.document, isError: false,
                        entries: [{ location: "", message: state.hint || "The server does not have it yet." }] };
        }

        function load() {
            retry.stop();
            again = false;
            status = Loader.Loading;
            var owned = Factory.owned(root, imports);
            // Up to the version: a token may be a part of the path.
            var base = newest.url.replace(/\/@.*$/, "");
            var resolved = function(url) { return Wire.fresh(Wire.profiled(url, owned), spoiled + renewals); };
            preload.load(pictures.map(function(picture) {
                return { url: resolved(base + picture.url), size: picture.size, fill: picture.fill,
                         type: picture.type };
            }));
            documents.load(resolved(newest.url), sizing.holdFor(item), newest.context);
        }

        function fail(message) {
            message = Wire.plain(message).replace(/\s+$/, "");
            failedAt = Date.now();
            if (!stream.connected || Errors.isTransport(message, stream.server)) {
                // The network's fault, not the document's. The engine has marked what it missed
                // as failed for good, so that the next attempt takes other URLs.
                ++spoiled;
                again = true;
                retry.interval = Math.min(5000, 250 * Math.pow(2, Math.min(spoiled, 5)));
                retry.start();
                // A person is told once it looks as if it were to stay.
                if (!stream.connected || ++inVain !== 3)
                    return;
            }
            var shown = { title: root.document + " could not be shown", isError: true,
                          entries: Errors.explained(Errors.parse(message), []) };
            failure = shown;
            status = Loader.Error;
            report({ kind: "error", message: message, explain: true }, function(answer) {
                if (d.failure !== shown || d.dismissed === shown)
                    return;
                d.failure = { title: shown.title, isError: true,
                              entries: Errors.explained(shown.entries, answer.errors) };
            });
            root.failed(message);
        }

        function report(body, answered) {
            body.version = newest.version;
            body.url = newest.url;
            body.document = root.document;
            body.qt = Factory.qtVersion(root);
            body.duration = Date.now() - newest.since;
            stream.report(body, answered);
        }

        // The new object takes the place of the old one, all in one go: no frame is drawn between.
        function swap(object) {
            var old = item;
            var oldFrame = frame;
            var oldNames = names;
            var newFrame = null;
            var isSame = savedOf === root.document && !forgets;
            forgets = false;
            if (isSame)
                save(old);
            else
                saved = "";
            savedOf = root.document;
            carryOver(object, isSame && root.keepState);
            handOver(object);
            if (Roots.isItem(object)) {
                newFrame = frameComponent.createObject(stage);
                sizing.fit(object, newFrame);
            } else if (Roots.isWindow(object)) {
                sizing.place(object, Roots.isWindow(old) ? old : null);
            }

            var hadFocus = Roots.isItem(old) && old.activeFocus;
            failure = null;
            impatient = false;
            inVain = 0;
            frame = newFrame;
            names = documents.names;
            item = object;
            version = newest.version;
            status = Loader.Ready;
            if (oldFrame)
                oldFrame.visible = false;
            if (newFrame) {
                newFrame.visible = true;
                newFrame.focus = true;
                if (hadFocus && !wantsFocus(object))
                    object.forceActiveFocus();
            }
            remove(old, oldFrame, oldNames);
            preload.keep();
            report({ kind: "loaded" });
            root.loaded();
        }

        // Whether the item, or one in it, asks for the focus by itself.
        function wantsFocus(someItem) {
            if (someItem.focus)
                return true;
            for (var i = 0; i < someItem.children.length; ++i) {
                if (wantsFocus(someItem.children[i]))
                    return true;
            }
            return false;
        }

        function remove(object, itsFrame, itsNames) {
            if (Roots.isWindow(object))
                object.visible = false;
            if (object)
                object.destroy();
            if (itsFrame)
                itsFrame.destroy();
            if (itsNames)
                itsNames.destroy();
        }

        function close() {
            documents.drop();
            remove(item, frame, names);
        }

        // Shows the newest state once more.
        function renew() {
            if (newest === null || !newest.url)
                return;
            newest.since = Date.now();
            load();
        }

        function obey(command) {
            if (remote !== null) {
                remote.obey(command);
                return;
            }
            commands.push(command);
            if (commands.length > 1)
                return;
            var component = Factory.component(Qt.resolvedUrl("RemoteView.qml"));
            var check = function() {
                if (component.status !== Component.Loading && d.commands.length > 0)
                    d.begin(component);
            };
            component.statusChanged.connect(check);
            check();
        }

        function begin(component) {
            var waiting = commands;
            commands = [];
            if (component.status === Component.Error) {
                console.warn("qmlserve: nobody can look at this from afar: " + component.errorString());
                return;
            }
            remote = component.createObject(root, { loader: root, stream: stream });
            remote.shown = Qt.binding(function() { return d.item; });
            remote.showing.connect(function(document) { root.document = document; });
            remote.reloading.connect(function() {
                ++d.renewals;
                d.renew();
            });
            remote.resetting.connect(function() {
                d.forgets = true;
                d.renew();
            });
            waiting.forEach(remote.obey);
        }

        function save(old) {
            if (old === null || typeof old.saveState !== "function")
                return;
            try {
                saved = JSON.stringify(old.saveState()) || "";
            } catch (error) {
                console.warn("qmlserve: saveState() failed: " + error);
            }
        }

        function carryOver(object, keeps) {
            try {
                keeper.watch(object, keeps ? keeper.taken() : null);
            } catch (error) {
                console.warn("qmlserve: what was done to the interface is not kept: " + error);
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
    }
}
