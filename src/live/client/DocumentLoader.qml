import QtQuick 2.12
import "errors.js" as Errors
import "factory.js" as Factory

// Makes the root object of one document, ready to be shown. Knows nothing of servers and
// versions; a new load() supersedes the one before, of which nothing is left behind.
QtObject {
    id: loader

    // The object is the receiver's from here on, and so is what gives it names.
    signal ready(QtObject object)
    property QtObject names: null
    // One error a line, as "url:line:column: message".
    signal failed(string message)

    // While this is so, no objects are made: what they will show is still being loaded.
    property bool waits: false
    onWaitsChanged: d.resume()

    // `hold`: the properties that hold a Window back, which would else show itself as soon as it
    // is complete; null where no Window is expected. `context`: what the document is given by name,
    // { initial: properties of its root, names: what all documents see }, if anything.
    function load(url, hold, context) {
        drop();
        var names = context ? Factory.names(context.names, loader) : null;
        var component = names ? names.qmlserveComponent(url) : Factory.component(url);
        var attempt = { url: String(url), hold: hold, component: component, names: names,
                        initial: context ? context.initial : {}, object: null, deadline: 0 };
        d.attempt = attempt;
        var check = function() {
            if (d.attempt === attempt)
                d.compiled(attempt);
        };
        if (attempt.component.status === Component.Loading)
            attempt.component.statusChanged.connect(check);
        else
            check();
    }

    function drop() {
        var attempt = d.attempt;
        d.attempt = null;
        d.locating = null;
        d.settling.stop();
        if (attempt === null)
            return;
        if (attempt.object)
            attempt.object.destroy();
        attempt.component.destroy();
        if (attempt.names)
            attempt.names.destroy();
    }

    readonly property QtObject d: QtObject {
        property var attempt: null
        property var locating: null

        readonly property Timer settling: Timer {
            readonly property int longest: 400

            interval: 16
            onTriggered: d.settle(d.attempt)
        }

        function compiled(attempt) {
            if (attempt.component.status === Component.Error)
                fail(attempt);
            else if (attempt.component.status === Component.Ready && !loader.waits)
                create(attempt);
        }

        function resume() {
            if (attempt !== null && attempt.object === null)
                compiled(attempt);
        }

        function create(attempt) {
            // Without a parent, as the root of a document that is started by itself; and in one
            // go, as there: spread over time, a Repeater could still be without its items when
            // Component.onCompleted of the root runs (seen in Qt 6.12).
            var properties = Factory.joined(attempt.initial, attempt.hold);
            var incubator = attempt.component.incubateObject(null, properties, Qt.Synchronous);
            var object = incubator ? incubator.object : null;
            if (!object) {
                fail(attempt);
                return;
            }
            if (attempt.hold && typeof object.requestActivate !== "function") {
                // No Window any more: nothing to hold back, and not to be altered.
                object.destroy();
                attempt.hold = null;
                create(attempt);
                return;
            }
            attempt.object = object;
            attempt.deadline = Date.now() + settling.longest;
            settle(attempt);
        }

        // Over the network, an Image and a Loader come later than the item that they are in.
        // Waiting for them, for a while, spares the person a screen with holes.
        function settle(attempt) {
            if (Date.now() < attempt.deadline && isLoading(attempt.object))
                settling.start();
            else
                finish(attempt);
        }

        function isLoading(object) {
            // 2 is Image.Loading as well as Loader.Loading.
            if (object.status === 2 && object.progress !== undefined)
                return true;
            var children = object.children || (object.contentItem && object.contentItem.children) || [];
            for (var i = 0; i < children.length; ++i) {
                if (isLoading(children[i]))
                    return true;
            }
            return false;
        }

        function finish(attempt) {
            d.attempt = null;
            loader.names = attempt.names;
            loader.ready(attempt.object);
            // The object lives on without it.
            attempt.component.destroy();
        }

        function fail(attempt) {
            d.attempt = null;
            var message = attempt.component.errorString();
            attempt.component.destroy();
            if (attempt.names)
                attempt.names.destroy();
            if (message === "" || Errors.lacksColumns(message))
                locate(attempt.url, message);
            else
                loader.failed(message);
        }

        // What an incubator misses it keeps to itself, and errorString() has no columns before
        // some version of Qt 6 (5.15 and 6.4 lack them). The error that Qt.createQmlObject()
        // throws has both. It ends in the same errors, and at once: all that the document refers
        // to is in the engine's cache by now, failed or not.
        function locate(url, message) {
            var request = new XMLHttpRequest();
            request.onreadystatechange = function() {
                if (request.readyState !== XMLHttpRequest.DONE || request !== d.locating)
                    return;
                d.locating = null;
                var better = message;
                if (request.status === 200) {
                    try {
                        Qt.createQmlObject(request.responseText, loader, url).destroy();
                    } catch (error) {
                        if (error.qmlErrors && error.qmlErrors.length > 0)
                            better = Errors.describe(error.qmlErrors);
                    }
                }
                loader.failed(better || url + ": The root object could not be created.");
            };
            d.locating = request;
            request.open("GET", url);
            request.send();
        }
    }
}
