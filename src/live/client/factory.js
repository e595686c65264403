// Makes components that see what they would see if they were started by themselves.
// From a library, since that has no context of its own: a component made here gets
// the engine's root context, where one made in a document would let all ids and
// properties of that document, and of those around it, shine through.
.pragma library

function component(url) {
    return Qt.createComponent(url, 1 /* Component.Asynchronous */);
}

var knownVersion = "";

// The version of Qt, "5.15" or "6.4", which QML does not tell: the newest version of QtQml that
// can be imported.
function qtVersion(parent) {
    if (knownVersion === "") {
        var series = imports(parent, "6.0") ? { major: 6, module: "6." } : { major: 5, module: "2." };
        var low = 0;
        var high = 64;
        while (high - low > 1) {
            var middle = Math.floor((low + high) / 2);
            if (imports(parent, series.module + middle))
                low = middle;
            else
                high = middle;
        }
        knownVersion = series.major + "." + low;
    }
    return knownVersion;
}

function imports(parent, version) {
    return can(parent, "import QtQml " + version);
}

// What the engine can import by itself, as far as it was tried: "URI-VERSION" or "URI" to bool.
var tried = {};

// Those of the tree's modules ("URI-VERSION" or "URI") that the engine has by itself, because
// they are compiled into its program or registered by it.
function owned(parent, modules) {
    return modules.filter(function(module) {
        if (tried[module] === undefined)
            tried[module] = can(parent, "import " + module.replace("-", " ") + "; import QtQml 2.0");
        return tried[module];
    });
}

function can(parent, header) {
    try {
        Qt.createQmlObject(header + "; QtObject {}", parent, "probe").destroy();
        return true;
    } catch (error) {
        return false;
    }
}
