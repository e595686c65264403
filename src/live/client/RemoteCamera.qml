import QtQuick 2.12

// Takes pictures of an item, as text that can be sent.
Item {
    id: camera

    // What lies behind the item: the colour of its window.
    property color backdrop: "white"

    // A `data:` URL, or the reason why there is none, and the size of the item.
    signal taken(string picture, real width, real height)

    // A picture that is at most so many pixels wide.
    function take(item, widest) {
        var scale = Math.min(1, widest / item.width);
        var size = Qt.size(Math.max(1, Math.round(item.width * scale)), Math.max(1, Math.round(item.height * scale)));
        var isGrabbed = item.width >= 1 && item.height >= 1 && item.grabToImage(function(result) {
            d.result = result;
            d.item = item;
            canvas.width = size.width;
            canvas.height = size.height;
            d.draw();
        }, size);
        if (!isGrabbed)
            taken("Nothing is shown: its window has no size, or is not visible.", 1, 1);
    }

    QtObject {
        id: d

        // The longest text: the server takes a little more.
        readonly property int longest: 2000000
        // More pixels than these take too long as PNG.
        readonly property int many: 700000

        // What was grabbed, as long as it is to be drawn, and of what.
        property var result: null
        property Item item: null

        function draw() {
            if (result === null || !canvas.available)
                return;
            var url = String(result.url);
            if (!canvas.isImageLoaded(url)) {
                canvas.loadImage(url);
                if (!canvas.isImageLoaded(url))
                    return;
            }
            var context = canvas.getContext("2d");
            context.fillStyle = camera.backdrop;
            context.fillRect(0, 0, canvas.width, canvas.height);
            context.drawImage(url, 0, 0, canvas.width, canvas.height);
            var picture = written();
            canvas.unloadImage(url);
            result = null;
            if (picture.length > longest) {
                take(item, canvas.width / 2);
                return;
            }
            camera.taken(picture, item.width, item.height);
        }

        function written() {
            var isLarge = canvas.width * canvas.height > many;
            var picture = canvas.toDataURL(isLarge ? "image/jpeg" : "image/png");
            if (isLarge === (picture.length < 100))
                picture = canvas.toDataURL(isLarge ? "image/png" : "image/jpeg");
            return picture;
        }
    }

    // Never seen: what it draws on has to be in a window that is.
    Canvas {
        id: canvas

        parent: d.item
        opacity: 0
        enabled: false
        renderTarget: Canvas.Image
        renderStrategy: Canvas.Immediate
        onImageLoaded: d.draw()
        onAvailableChanged: d.draw()
    }
}
