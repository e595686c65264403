// What a person can change in an interface by using it, and which objects of two versions of it
// are the same. Knows objects by the properties that they have, so that it needs no module.
.pragma library

// In the order in which they are set: a tab before what is on it, a text before the cursor in it.
var candidates = ["text", "cursorPosition", "selection", "currentIndex", "checked", "checkState", "value",
                  "first.value", "second.value", "sizes", "expanded", "selected", "contentX", "contentY",
                  "opened"];
// Those that are no property, as text: { has, read, give }.
var made = {
    // What is selected of a text: from where to where the cursor went.
    selection: {
        has: function(object) { return object.selectedText !== undefined && object.readOnly !== undefined; },
        read: function(object) {
            var start = object.selectionStart;
            var end = object.selectionEnd;
            return start === end ? "" : object.cursorPosition === start ? end + "," + start : start + "," + end;
        },
        give: function(object, text) {
            var ends = text.split(",");
            if (text === "")
                object.deselect();
            else
                object.select(Number(ends[0]), Number(ends[1]));
        }
    },
    // Where the handles of a SplitView are, as that writes it (since Qt 5.13).
    sizes: {
        has: function(object) {
            return object.resizing !== undefined && object.handle !== undefined
                && typeof object.restoreState === "function";
        },
        read: function(object) {
            return Array.prototype.join.call(new Uint8Array(object.saveState()), ",");
        },
        give: function(object, text) {
            object.restoreState(new Uint8Array(text.split(",").map(Number)).buffer);
        }
    },
    // The rows of a TreeView that are expanded, counted as they are shown then.
    expanded: {
        has: function(object) { return typeof object.isExpanded === "function" && typeof object.expand === "function"; },
        read: function(object) {
            var rows = [];
            for (var row = 0; row < Math.min(object.rows, mostRows); ++row) {
                if (object.isExpanded(row))
                    rows.push(row);
            }
            return rows.join(",");
        },
        give: function(object, text) {
            var rows = text === "" ? [] : text.split(",").map(Number);
            for (var row = 0; row < Math.min(object.rows, mostRows); ++row) {
                var isWanted = rows.indexOf(row) >= 0;
                if (isWanted !== object.isExpanded(row))
                    isWanted ? object.expand(row) : object.collapse(row);
            }
        }
    },
    // The cells of a table or a tree that are selected, by row and column as they are shown.
    selected: {
        has: function(object) { return typeof object.cellAtIndex === "function" && object.selectionModel !== undefined; },
        read: function(object) {
            var indexes = object.selectionModel ? object.selectionModel.selectedIndexes : [];
            var cells = [];
            for (var i = 0; i < Math.min(indexes.length, mostRows); ++i) {
                var cell = object.cellAtIndex(indexes[i]);
                cells.push(cell.y + " " + cell.x);
            }
            return cells.sort().join(",");
        },
        give: function(object, text) {
            if (!object.selectionModel)
                return;
            object.selectionModel.clearSelection();
            text.split(",").filter(Boolean).forEach(function(cell) {
                var place = cell.split(" ").map(Number);
                // Before 6.5 the order was another one, and the name.
                var index = typeof object.index === "function" ? object.index(place[0], place[1])
                                                               : object.modelIndex(place[1], place[0]);
                object.selectionModel.select(index, 2); // ItemSelectionModel.Select
            });
        }
    }
};
// Rows of one view that are looked at.
var mostRows = 2000;
// What is known of types, by what their objects call themselves: { type, names }, the name that the
// type has in every version, and the candidates that they have. A version has types of its own, so
// that those of versions gone by are dropped.
var known = {};
var formerly = {};

function forget() {
    formerly = known;
    known = {};
}

// Most objects have none of something.
var nothing = {};
var none = [];

// What a person can change in an object, by name.
function valuesOf(object) {
    var names = changeable(object);
    if (names.length === 0)
        return nothing;
    var values = {};
    names.forEach(function(name) { values[name] = read(object, name); });
    return values;
}

function changeable(object) {
    var kind = kindOf(object);
    var names = kind.names = kind.names || namesOf(object);
    return names.length === 0 ? none : names.filter(function(name) {
        switch (name) {
        case "text":
        case "cursorPosition":
            return !object.readOnly;
        case "checked":
            return object.checkable !== false;
        case "checkState":
            return object.tristate === true;
        }
        return true;
    });
}

function namesOf(object) {
    var has = function(name) { return object[name] !== undefined; };
    return candidates.filter(function(name) {
        if (made[name])
            return made[name].has(object);
        switch (name) {
        case "text":
        case "cursorPosition":
            return has("cursorPosition") && has("readOnly");
        case "currentIndex":
            return typeof object.currentIndex === "number";
        case "value":
            // A slider, a dial or a spin box; a progress bar has no steps.
            return has("stepSize") && typeof object.value === "number";
        case "first.value":
        case "second.value":
            return has("first") && has("second") && has("stepSize");
        case "contentX":
        case "contentY":
            return has("flickableDirection");
        case "opened":
            // A tool tip comes and goes by itself.
            return isPopup(object) && !has("timeout");
        }
        return has(name);
    });
}

function read(object, name) {
    if (made[name])
        return made[name].read(object);
    return name.split(".").reduce(function(value, part) { return value[part]; }, object);
}

function kindOf(object) {
    // "Button_QMLTYPE_12" of "Button_QMLTYPE_12(0x55cc4e554cb0)". The number is another one in the
    // next version.
    var text = String(object);
    var own = text.slice(0, text.indexOf("(0x"));
    var number = own.lastIndexOf("_QML");
    known[own] = known[own] || formerly[own]
        || { type: number < 0 ? own : own.slice(0, number), names: null };
    return known[own];
}

// Which object it is, for a dictionary: the engine looks through a Map from one end to the other.
// Another object may have it later.
function addressOf(object) {
    if (!isAlive(object))
        return "";
    var text = String(object);
    return text.slice(text.indexOf("(0x") + 1).split(/[,)]/, 1)[0];
}

function isAlive(object) {
    try {
        return String(object) !== "null";
    } catch (error) {
        return false;
    }
}

function isPopup(object) {
    return typeof object.open === "function" && typeof object.close === "function"
        && object.opened !== undefined && object.contentItem !== undefined;
}

function isRepeater(object) {
    // Views have a current index.
    return typeof object.itemAt === "function" && object.delegate !== undefined
        && object.count !== undefined && object.currentIndex === undefined;
}

// The objects directly in another one: { object, key }. A key tells which one it is in a view or a
// repeater.
function parts(object, contentOf) {
    if (typeof object.requestActivate === "function")
        return [{ object: contentOf(object), key: "" }].concat(popups(object.data));
    if (isPopup(object))
        return object.contentItem ? [{ object: object.contentItem, key: "" }] : [];
    var children = listed(object.children);
    var keys = {};
    children.filter(isRepeater).forEach(function(repeater, number) {
        for (var at = 0; at < repeater.count; ++at) {
            var item = repeater.itemAt(at);
            if (item)
                keys[addressOf(item)] = number + ":" + at;
        }
    });
    var repeats = Object.keys(keys).length > 0;
    var view = object.parent;
    var isContent = view && view.contentItem === object && typeof view.indexAt === "function";
    var found = children.map(function(child) {
        var key = repeats ? keys[addressOf(child)] || "" : "";
        if (isContent) {
            var at = view.indexAt(child.x + child.width / 2, child.y + child.height / 2);
            key = at >= 0 ? "@" + at : "";
        }
        return { object: child, key: key };
    });
    return found.concat(popups(object.resources));
}

function listed(list) {
    var found = [];
    for (var i = 0; list && i < list.length; ++i)
        found.push(list[i]);
    return found;
}

function popups(objects) {
    return listed(objects).filter(isPopup).map(function(popup) { return { object: popup, key: "" }; });
}

// What tells objects of one type apart that have no name: what they are labelled with.
function labelOf(object) {
    var label = "";
    var names = ["placeholderText", "title", "label", "from", "to", "source"];
    if (object.cursorPosition === undefined)
        names.push("text");
    names.forEach(function(name) {
        var value = object[name];
        if (typeof value === "string" || typeof value === "number")
            label += name + "=" + value + ";";
    });
    return label;
}

// The entry of an object: what tells which one it is; which entry it is in; what it came up with;
// the entries in it; what is left to be given to what is not in it yet; and whether a person can do
// something to it or in it. Made in one go, since there are many.
function described(part) {
    return { object: part.object, key: part.key, name: part.object.objectName || "",
             type: kindOf(part.object).type, label: labelOf(part.object), paired: false,
             whole: null, values: nothing, parts: none, pending: none, isUsable: false, session: 0 };
}

// For each of some { object } the one of others with the same object, or undefined.
function matched(some, others) {
    var byAddress = null;
    return some.map(function(one, at) {
        // Most of the time nothing has moved.
        var other = others[at];
        if (!other || other.object !== one.object) {
            byAddress = byAddress || addressed(others);
            other = byAddress[addressOf(one.object)];
        }
        return other && other.object === one.object ? other : undefined;
    });
}

function addressed(list) {
    var found = {};
    list.forEach(function(one) { found[addressOf(one.object)] = one; });
    return found;
}

// Pairs of what is the same in two lists of { key, name, type, label }, as [before, after]: by
// index in a view, by objectName, or else by type and label in order. Those that nothing tells
// apart are paired if there are as many of them as there were.
function pairs(before, after) {
    var found = [];
    var exactly = function(entry) {
        if (entry.key !== "")
            return "key " + entry.key + " " + entry.type;
        return entry.name !== "" ? "name " + entry.name + " " + entry.type : "";
    };
    var loosely = function(entry) { return exactly(entry) === "" ? entry.type + " " + entry.label : ""; };
    var last = function(entry) { return exactly(entry) === "" ? entry.type : ""; };
    [exactly, loosely, last].forEach(function(kind) {
        var old = grouped(before, kind);
        var young = grouped(after, kind);
        Object.keys(old).forEach(function(group) {
            if (!young[group] || young[group].length !== old[group].length)
                return;
            old[group].forEach(function(entry, at) {
                found.push([entry, young[group][at]]);
                entry.paired = young[group][at].paired = true;
            });
        });
    });
    return found;
}

function grouped(entries, kind) {
    var groups = {};
    entries.forEach(function(entry) {
        var group = entry.paired ? "" : kind(entry);
        if (group !== "")
            (groups[group] = groups[group] || []).push(entry);
    });
    return groups;
}
