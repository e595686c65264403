// What the items of an interface are, for who cannot see them: by the properties that they have, so
// that it needs no module.
.pragma library
.import "interaction.js" as Interaction

// The object name of what is not the document's but ours; it is told of to nobody.
var own = "qmlserve: not of the document";

// What is told of an item, where it has it and it is not empty.
var names = ["text", "title", "label", "placeholderText", "checked", "value", "from", "to",
             "currentIndex", "currentText", "count", "contentX", "contentY", "depth", "opened", "pressed",
             "running", "readOnly", "color", "source", "state"];
// By what an item is known to a person.
var labels = ["text", "title", "label", "placeholderText"];

// The longest text of one property, and of all of it.
var longest = 200;
var longestOfAll = 300000;

// The items in these roots, whose places are told as those in `top`; `wanted` is { depth, most,
// hidden, find }. { width, height, items, left_out }.
function described(top, roots, wanted) {
    var all = { width: top.width, height: top.height, items: [], left_out: 0 };
    var found = wanted.find === undefined ? tree(top, roots, wanted, all) : matching(top, roots, wanted);
    all.items = found.slice(0, wanted.most);
    all.left_out += found.length - all.items.length;
    return all;
}

// Level by level, so that what does not fit any more is what is deepest.
function tree(top, roots, wanted, all) {
    var found = [];
    var room = { items: wanted.most, text: longestOfAll };
    var level = roots.map(function(item) { return { item: item, into: found, parent: null }; });
    for (var depth = 0; level.length > 0; ++depth) {
        var next = [];
        level.forEach(function(part) {
            if (depth > wanted.depth || room.items <= 0 || room.text <= 0) {
                ++all.left_out;
                if (part.parent)
                    part.parent.left_out = (part.parent.left_out || 0) + 1;
                return;
            }
            var told = facts(part.item, top);
            --room.items;
            room.text -= JSON.stringify(told).length;
            part.into.push(told);
            var inner = shown(part.item, wanted.hidden);
            if (inner.length > 0 && depth < wanted.depth)
                told.children = [];
            inner.forEach(function(item) {
                next.push({ item: item, into: told.children, parent: told });
            });
        });
        level = next;
    }
    return found;
}

// Those that are called so; where there are none, those that have it in what they are called.
function matching(top, roots, wanted) {
    var exact = [];
    var loose = [];
    var text = wanted.find.toLowerCase();
    var visit = function(item) {
        var called = labels.map(function(name) { return read(item, name); });
        if (item.objectName === wanted.find || called.indexOf(wanted.find) >= 0) {
            exact.push(item);
            return;
        }
        if (called.some(function(label) { return typeof label === "string" && label.toLowerCase().indexOf(text) >= 0; }))
            loose.push(item);
        shown(item, wanted.hidden).forEach(visit);
    };
    roots.forEach(visit);
    var found = exact.length > 0 ? exact : loose.filter(function(item) { return !isWithin(item, loose); });
    return found.slice(0, wanted.most).map(function(item) { return facts(item, top); });
}

function isWithin(item, others) {
    for (var outer = item.parent; outer; outer = outer.parent) {
        if (others.indexOf(outer) >= 0)
            return true;
    }
    return false;
}

// The items in an item that matter: all that are not ours, if it is for those that are hidden.
function shown(item, hidden) {
    return Interaction.listed(item.children).filter(function(child) {
        return child.objectName !== own && (hidden || (child.visible && !isFurnishing(item, child)));
    });
}

// What a control is made of, and says nothing that the control does not say.
function isFurnishing(control, part) {
    if (part === control.background || part === control.indicator || part === control.handle)
        return true;
    var repeats = part === control.contentItem && typeof part.text === "string" && part.text === control.text;
    return repeats || (control.placeholderText !== undefined && part.text === control.placeholderText);
}

// What there is to say of one item.
function facts(item, top) {
    var told = { type: Interaction.kindOf(item).type.replace(/^QQuick(?=[A-Z])/, "") };
    if (item.objectName)
        told.objectName = cut(item.objectName);
    var place = item.mapToItem(top, 0, 0, item.width, item.height);
    told.x = rounded(place.x);
    told.y = rounded(place.y);
    told.width = rounded(place.width);
    told.height = rounded(place.height);
    names.forEach(function(name) {
        var value = read(item, name);
        if (typeof value === "number")
            told[name] = Math.round(value * 1000) / 1000;
        else if (value === true || (value === false && name === "checked" && item.checkable !== false))
            told[name] = value;
        else if (typeof value === "string" && value !== "")
            told[name] = cut(value);
    });
    // Image.Error and Loader.Error.
    if (told.source !== undefined && item.status === 3)
        told.failed = true;
    if (!item.visible)
        told.visible = false;
    if (!item.enabled)
        told.enabled = false;
    if (item.opacity < 1)
        told.opacity = rounded(item.opacity);
    if (item.activeFocus)
        told.focus = true;
    if (place.x >= top.width || place.y >= top.height || place.x + place.width <= 0 || place.y + place.height <= 0)
        told.outside = true;
    return told;
}

// A string, a number, a boolean, or undefined.
function read(item, name) {
    try {
        var value = item[name];
        // What a password field shows is not what is in it.
        if (name === "text" && item.echoMode)
            value = item.displayText;
        if (name === "color" || name === "source")
            value = value === undefined || value === null ? undefined : String(value);
        return typeof value === "object" || typeof value === "function" ? undefined : value;
    } catch (error) {
        return undefined;
    }
}

function cut(text) {
    return text.length > longest ? text.slice(0, longest) + "…" : text;
}

function rounded(number) {
    return Math.round(number * 10) / 10;
}
