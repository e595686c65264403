// What the root object of a document may be: an Item, a Window, or neither.
.pragma library

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
