// Makes components that see what they would see if they were started by themselves.
// From a library, since that has no context of its own: a component made here gets
// the engine's root context, where one made in a document would let all ids and
// properties of that document, and of those around it, shine through.
.pragma library

function component(url) {
    return Qt.createComponent(url, 1 /* Component.Asynchronous */);
}

// An object that gives names to what is made by its function, in place of a program's context
// properties: a component made in a document sees that document's properties.
function names(values, parent) {
    var text = "import QtQml 2.0\nQtObject {\n" + properties(lacking(values, parent))
        + "function qmlserveComponent(url) { return Qt.createComponent(url, 1 /* Component.Asynchronous */) }\n}";
    return Qt.createQmlObject(text, parent, "context.json");
}

// Those that the engine's program does not give itself.
function lacking(values, parent) {
    var all = Object.keys(values);
    var kinds = all.map(function(name) { return "typeof " + name; }).join(", ");
    var probe = Qt.createQmlObject("import QtQml 2.0; QtObject { property var kinds: [" + kinds + "] }", parent, "probe");
    var lacking = {};
    all.forEach(function(name, at) {
        if (probe.kinds[at] === "undefined")
            lacking[name] = values[name];
    });
    probe.destroy();
    return lacking;
}

// An object is one with properties of its own, so that what is bound to them follows them.
function properties(values) {
    return Object.keys(values).map(function(name) {
        var value = values[name];
        if (isRecord(value))
            return "property QtObject " + name + ": QtObject {\n" + properties(value) + "}\n";
        return "property var " + name + ": (" + literal(value) + ")\n";
    }).join("");
}

// Words of JavaScript and QML that no property can be called.
var reserved = ("as await break case catch class const continue debugger default delete do else enum export extends "
                + "false finally for function if import in instanceof let new null objectName on return static super "
                + "switch this throw true try typeof var void while with yield").split(" ");

// Whether the keys of a value can all be properties.
function isRecord(value) {
    if (value === null || typeof value !== "object" || Array.isArray(value))
        return false;
    return Object.keys(value).every(function(name) {
        return /^[a-z_][A-Za-z0-9_]*$/.test(name) && reserved.indexOf(name) < 0;
    });
}

// In JSON a string may hold what ends a line in QML.
function literal(value) {
    return JSON.stringify(value).replace(/\u2028/g, "\\u2028").replace(/\u2029/g, "\\u2029");
}

function joined(one, other) {
    var both = {};
    [one, other].forEach(function(values) {
        for (var name in values || {})
            both[name] = values[name];
    });
    return both;
}

var knownVersion = "";

// The version of Qt, "5.15" or "6.4", which QML does not tell. Qt 6 imports without a version, and
// QtQml up to its own. Qt 5 loads a module's plug-in again for each version that it does not have,
// and logs that in many lines, so it is known by what it can.
function qtVersion(parent) {
    if (knownVersion === "") {
        if (can(parent, "import QtQml"))
            knownVersion = "6." + newest(parent);
        else
            knownVersion = typeof Qt.uiLanguage === "string" ? "5.15" : "5";
    }
    return knownVersion;
}

function newest(parent) {
    var low = 0;
    var high = 64;
    while (high - low > 1) {
        var middle = Math.floor((low + high) / 2);
        if (can(parent, "import QtQml 6." + middle))
            low = middle;
        else
            high = middle;
    }
    return low;
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
