import QtQuick 2.12
import "items.js" as Items

// Takes pictures of all that is in a window, as text that can be sent.
Item {
    id: camera

    // What lies behind the items: the colour of the window.
    property color backdrop: "white"

    // A `data:` URL, or the reason why there is none, and the size of the item.
    signal taken(string picture, real width, real height)

    // A picture of a window's root item that is at most so many pixels wide.
    function take(item, widest) {
        var scale = Math.min(1, widest / item.width);
        var parts = item.width >= 1 && item.height >= 1 ? d.parts(item, item, 1) : [];
        d.item = item;
        d.waiting = 0;
        patience.restart();
        d.grabbed = parts.filter(function(part) { return d.grab(part, scale); });
        if (d.grabbed.length === 0) {
            d.end("nothing is shown: its window has no size, or is not visible");
            return;
        }
        canvas.width = Math.max(1, Math.round(item.width * scale));
        canvas.height = Math.max(1, Math.round(item.height * scale));
    }

    QtObject {
        id: d

        // The longest text: the server takes a little more.
        readonly property int longest: 2000000
        // More pixels than these take too long as PNG.
        readonly property int many: 700000

        // Whose picture is being taken, of what it is put together, and how much of that has not
        // been grabbed yet.
        property Item item: null
        property var grabbed: []
        property int waiting: 0

        // What can be grabbed of an item, from the back to the front: { item, x, y, opacity }. Qt
        // cannot grab what it has made itself and not for a document: the root of a view's window,
        // the layer of popups, and what is around each.
        function parts(item, top, opacity) {
            if (!item.visible || item.opacity === 0)
                return [];
            if (!/^QQuick(RootItem|Overlay|PopupItem)\W/.test(String(item))) {
                var place = item.mapToItem(top, 0, 0);
                return [{ item: item, x: place.x, y: place.y, opacity: opacity, result: null }];
            }
            var children = [];
            for (var i = 0; i < item.children.length; ++i)
                children.push({ item: item.children[i], at: i });
            children.sort(function(one, other) { return one.item.z - other.item.z || one.at - other.at; });
            var found = [];
            children.forEach(function(child) {
                found = found.concat(d.parts(child.item, top, opacity * item.opacity));
            });
            return found;
        }

        function grab(part, scale) {
            var width = Math.round(part.item.width * scale);
            var height = Math.round(part.item.height * scale);
            var isGrabbed = width >= 1 && height >= 1 && part.item.grabToImage(function(result) {
                part.result = result;
                // It may be of the picture before.
                if (d.grabbed.indexOf(part) < 0)
                    return;
                --d.waiting;
                d.draw();
            }, Qt.size(width, height));
            part.scale = scale;
            if (isGrabbed)
                ++waiting;
            return isGrabbed;
        }

        function draw() {
            if (waiting > 0 || grabbed.length === 0 || !canvas.available)
                return;
            var urls = grabbed.map(function(part) { return String(part.result.url); });
            urls.forEach(function(url) {
                if (!canvas.isImageLoaded(url))
                    canvas.loadImage(url);
            });
            if (!urls.every(function(url) { return canvas.isImageLoaded(url); }))
                return;
            var context = canvas.getContext("2d");
            context.globalAlpha = 1;
            context.fillStyle = camera.backdrop;
            context.fillRect(0, 0, canvas.width, canvas.height);
            grabbed.forEach(function(part, at) {
                context.globalAlpha = part.opacity;
                context.drawImage(urls[at], part.x * part.scale, part.y * part.scale);
            });
            var picture = written();
            urls.forEach(function(url) { canvas.unloadImage(url); });
            if (picture.length > longest)
                camera.take(item, canvas.width / 2);
            else
                end(picture);
        }

        function end(picture) {
            grabbed = [];
            patience.stop();
            camera.taken(picture, item.width || 1, item.height || 1);
        }

        function written() {
            var isLarge = canvas.width * canvas.height > many;
            var picture = canvas.toDataURL(isLarge ? "image/jpeg" : "image/png");
            // Without Qt's plug-in for JPEG it is empty.
            return picture.length < 100 ? canvas.toDataURL("image/png") : picture;
        }
    }

    // What goes away as it is grabbed never comes.
    Timer {
        id: patience

        interval: 1000
        onTriggered: d.end("what it shows was replaced as its picture was taken")
    }

    // Never seen: what it draws on has to be in a window that is.
    Canvas {
        id: canvas

        objectName: Items.own
        parent: d.item
        opacity: 0
        enabled: false
        renderTarget: Canvas.Image
        renderStrategy: Canvas.Immediate
        onImageLoaded: d.draw()
        onAvailableChanged: d.draw()
    }
}
