import QtQuick 2.12
import QtQuick.Window 2.12
import "http://localhost:8080/@qmlserve" 1.0
import "http://localhost:8080/@qmlserve/roots.js" as Roots
import "job.js" as Job

// Draws one document over and over, as it is shown in a window of its own, until somebody ends the
// program. Each picture is told of on the console, with whether it may still change by what is
// being loaded. When it is still is for others to judge.
Item {
    id: camera

    readonly property var job: Job.job
    property int taken: 0
    property QtObject root: null

    Component.onCompleted: {
        preload.load(job.pictures);
        loader.load(job.url, null, job.context);
    }

    function tell(fact) {
        console.log(job.mark + JSON.stringify(fact));
    }

    function show(object) {
        root = object;
        var window = stage;
        if (Roots.isWindow(object)) {
            window = object;
            if (job.size) {
                window.width = job.size[0];
                window.height = job.size[1];
            }
        } else if (Roots.isItem(object)) {
            stage.place(object);
        } else {
            tell({ nothing: String(object) });
            return;
        }
        // What a picture of the items alone does not have.
        backdrop.createObject(Roots.contentOf(window), { window: window });
        window.visible = true;
        first.start();
    }

    // 2 is Image.Loading as well as Loader.Loading.
    function isLoading(item) {
        if (item.status === 2 && item.progress !== undefined)
            return true;
        for (var i = 0; i < item.children.length; ++i) {
            if (isLoading(item.children[i]))
                return true;
        }
        return false;
    }

    // A cursor that blinks is left out: between here and the frame that is drawn may lie a blink.
    function hideCursor(input) {
        if (input && input.cursorVisible)
            input.cursorVisible = false;
    }

    function take() {
        var window = Roots.isWindow(root) ? root : stage;
        var content = Roots.contentOf(window);
        var isThere = content.width >= 1 && content.height >= 1
            && content.width === window.width && content.height === window.height;
        hideCursor(window.activeFocusItem);
        var loading = isThere && isLoading(content);
        var isGrabbed = isThere && content.grabToImage(function(result) {
            var file = job.folder + "/" + camera.taken + ".png";
            if (result.saveToFile(file))
                tell({ taken: camera.taken, loading: loading, font: fonts.fontInfo.family });
            ++camera.taken;
            again.start();
        });
        if (!isGrabbed)
            again.start();
    }

    Timer {
        id: first
        interval: camera.job.delay
        onTriggered: camera.take()
    }

    Timer {
        id: again
        interval: camera.job.interval
        onTriggered: camera.take()
    }

    // Nobody may be left to end the program.
    Timer {
        interval: camera.job.longest
        running: true
        onTriggered: Qt.quit()
    }

    Text { id: fonts }

    Preload { id: preload }

    DocumentLoader {
        id: loader
        waits: preload.busy
        onReady: function(object) { camera.show(object) }
        onFailed: function(message) { camera.tell({ failed: message }) }
    }

    Component {
        id: backdrop

        Rectangle {
            property QtObject window

            anchors.fill: parent
            z: -1e9
            color: "white"
            Rectangle { anchors.fill: parent; color: window.color }
        }
    }

    // Where an Item is shown: in its own size, or in the one that is asked for.
    Window {
        id: stage

        width: 640
        height: 480

        function place(item) {
            var asked = camera.job.size;
            if (asked) {
                width = asked[0];
                height = asked[1];
            }
            item.parent = contentItem;
            if (asked || !(item.width > 0))
                item.width = width;
            if (asked || !(item.height > 0))
                item.height = height;
            if (!asked) {
                width = Qt.binding(function() { return Math.max(1, Math.ceil(item.width)); });
                height = Qt.binding(function() { return Math.max(1, Math.ceil(item.height)); });
            }
        }
    }
}
