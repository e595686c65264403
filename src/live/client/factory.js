// Makes components that see what they would see if they were started by themselves.
// From a library, since that has no context of its own: a component made here gets
// the engine's root context, where one made in a document would let all ids and
// properties of that document, and of those around it, shine through.
.pragma library

function component(url) {
    return Qt.createComponent(url, 1 /* Component.Asynchronous */);
}
