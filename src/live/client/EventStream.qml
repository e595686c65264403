import QtQuick 2.12
import "wire.js" as Wire

// The connection to the server: keeps one event stream open for as long as it
// lives, opens it again whenever it is lost, and posts reports.
QtObject {
    id: stream

    property string server: ""
    property string document: ""

    // Whether the stream is open and alive.
    readonly property bool connected: d.connected
    // Whether it has been gone long enough to tell a person.
    readonly property bool lost: d.lost
    // When it was lost the last time, or 0.
    readonly property real brokenAt: d.brokenAt
    // What the server said when it refused the stream, else "".
    readonly property string refusal: d.refusal

    // Tells this stream from the others of the process. Aborting an XMLHttpRequest does not close
    // its connection, of which Qt has six for a server: when this stream is opened anew, or goes,
    // the server is to end the one before.
    readonly property string id: Wire.randomHex(16)

    // The server's newest state: { version, run, url, changed, hint }.
    signal updated(var state)

    // A page in a browser wants something of this client: { kind, … }.
    signal commanded(var command)

    // `answered`, if there is one, gets the answer.
    function report(body, answered) {
        var request = new XMLHttpRequest();
        request.open("POST", server + "/@qmlserve/report");
        request.setRequestHeader("Content-Type", "application/json");
        body.client = Wire.clientId;
        // A report that got lost is no loss.
        request.onreadystatechange = function() {
            if (answered && request.readyState === XMLHttpRequest.DONE && request.status === 200)
                answered(JSON.parse(request.responseText));
        };
        request.send(JSON.stringify(body));
    }

    onServerChanged: d.startOver()
    onDocumentChanged: d.startOver()
    Component.onCompleted: d.reopenSoon()
    Component.onDestruction: d.leave()

    readonly property QtObject d: QtObject {
        property bool connected: false
        property bool lost: false
        property real brokenAt: 0
        property string refusal: ""
        // The run of the server that was heard last: after another one, it is told of this one,
        // since it does not know what was loaded before.
        property string run: ""

        property var request: null
        property real heard: 0
        property int delay: 250

        readonly property int silence: 15000
        readonly property int longestDelay: 5000

        function startOver() {
            close();
            connected = false;
            refusal = "";
            run = "";
            reopenSoon();
        }

        function reopenSoon() {
            delay = 250;
            reopen.interval = 0;
            reopen.restart();
        }

        function close() {
            var old = request;
            request = null;
            reopen.stop();
            if (old)
                old.abort();
        }

        function leave() {
            if (request)
                stream.report({ kind: "left", stream: stream.id });
            close();
        }

        function open() {
            close();
            if (stream.server === "" || stream.document === "") {
                connected = false;
                return;
            }
            var current = new XMLHttpRequest();
            var parser = new Wire.Parser(take);
            request = current;
            heard = Date.now();
            current.onreadystatechange = function() {
                // One that was given up may still have something to say.
                if (current !== d.request)
                    return;
                d.heard = Date.now();
                if (current.readyState === XMLHttpRequest.HEADERS_RECEIVED && current.status === 200)
                    d.found();
                if (current.readyState >= XMLHttpRequest.LOADING && current.status === 200)
                    parser.feed(current.responseText);
                if (current.readyState === XMLHttpRequest.DONE && current === d.request) {
                    // 0 is no answer at all, or, in Qt 5.15 and 6.4, also a few statuses.
                    if (current.status !== 0 && current.status !== 200)
                        d.refusal = current.status + " " + current.responseText.slice(0, 2000);
                    d.ended();
                }
            };
            current.open("GET", stream.server + "/@qmlserve/events?document="
                         + encodeURIComponent(stream.document) + "&client=" + Wire.clientId
                         + "&stream=" + stream.id + "&run=" + run
                         + "&name=" + encodeURIComponent(Qt.application.name));
            current.setRequestHeader("Accept", "text/event-stream");
            current.send();
            if (!connected && !lost)
                noticeLoss.start();
        }

        function found() {
            connected = true;
            lost = false;
            refusal = "";
            noticeLoss.stop();
        }

        function take(type, data) {
            delay = 250;
            if (type === "renew") {
                // The server ends the stream to start a new one, since our text of
                // it only ever grows. Not from in here, where the request is at work.
                reopenSoon();
            } else if (type === "message") {
                var state = null;
                try {
                    state = JSON.parse(data);
                } catch (e) {
                    console.warn("qmlserve: an event that is no JSON: " + data);
                }
                if (state) {
                    run = state.run || "";
                    stream.updated(state);
                }
            } else if (type === "command") {
                stream.commanded(JSON.parse(data));
            }
        }

        function ended() {
            request = null;
            if (reopen.running)
                return; // renewed
            if (connected)
                brokenAt = Date.now();
            connected = false;
            if (!lost)
                noticeLoss.start();
            // The jitter keeps many clients of one restarted server apart.
            reopen.interval = delay * (0.9 + 0.2 * Math.random());
            reopen.restart();
            delay = Math.min(delay * 2, longestDelay);
        }

        readonly property Timer reopen: Timer {
            onTriggered: d.open()
        }

        readonly property Timer noticeLoss: Timer {
            interval: 1000
            onTriggered: d.lost = true
        }

        // XMLHttpRequest has no timeout, and a cable that was pulled closes nothing.
        readonly property Timer watch: Timer {
            interval: 1000
            repeat: true
            running: d.request !== null
            onTriggered: {
                var now = Date.now();
                if (now < d.heard)
                    d.heard = now; // the clock was set back
                if (now - d.heard < d.silence)
                    return;
                var silent = d.request;
                d.request = null;
                silent.abort();
                d.ended();
            }
        }
    }
}
