// Reads the text of Component.errorString() for people. Pure.
.pragma library

// [{ location: "Button.qml:3:5", message: "…" }, …] with every error of the text.
function parse(text) {
    var errors = [];
    var lines = String(text).split("\n");
    for (var i = 0; i < lines.length; ++i) {
        var line = lines[i].replace(/\s+$/, "");
        if (line === "")
            continue;
        // "http://host/@V/dir/File.qml:3:5: message"; Qt 5 leaves out the second
        // colon, and a file that could not be had has no line.
        var match = /^([a-z][a-z0-9+.\-]+:\/{1,3}[^\s]*?)(?::(-?\d+))?(?::(-?\d+))?:?(?:\s+(.*))?$/i.exec(line);
        if (match) {
            errors.push({ location: place(match[1], match[2], match[3]), message: shorten(match[4] || "") });
        } else if (errors.length > 0) {
            // A message of several lines.
            errors[errors.length - 1].message += "\n" + shorten(line);
        } else {
            errors.push({ location: "", message: shorten(line) });
        }
    }
    return errors;
}

// The errors with what the server knows of them: { source, hint }, "" where it does not.
function explained(errors, explanations) {
    return errors.map(function(error, at) {
        var known = explanations[at] && explanations[at].place === error.location ? explanations[at] : {};
        return { location: error.location, message: error.message,
                 source: known.source || "", hint: known.hint || "" };
    });
}

// Whether an error of the text has a line but no column.
function lacksColumns(text) {
    return /^\S+:\d+ /m.test(String(text));
}

// The text of the `qmlErrors` of Qt.createQmlObject(), in the form of errorString() in Qt 6.
function describe(qmlErrors) {
    var lines = [];
    for (var i = 0; i < qmlErrors.length; ++i) {
        var error = qmlErrors[i];
        var line = error.lineNumber > 0 ? ":" + error.lineNumber + ":" + error.columnNumber : "";
        lines.push(error.fileName + line + ": " + error.message);
    }
    return lines.join("\n");
}

// The text with the server and the version taken out of every URL.
function shorten(text) {
    return String(text).replace(/https?:\/\/[^\/\s]+\/(?:~[^\/\s]+\/)?(?:@[^\/\s]+\/)?([^\s#"']*)(?:#[^\s:"',]*)?/gi, "$1");
}

function place(url, line, column) {
    var name = shorten(url);
    try {
        name = decodeURIComponent(name);
    } catch (e) {
        // Not percent-encoded after all: show it as it is.
    }
    if (line > 0)
        name += ":" + line + (column > 0 ? ":" + column : "");
    return name;
}

// Whether the text tells that a file of this server (http://host:port, or with a token) could not be had, which
// says nothing about the document, rather than of the document. Such an error has no line, and
// is one of those that QQmlDataBlob::networkError() knows; Qt does not translate them.
function isTransport(text, server) {
    var lines = String(text).split("\n");
    for (var i = 0; i < lines.length; ++i) {
        var match = /^(https?:\/\/[^\/\s]+)\/\S*?(?::-1)?:?\s+(?:Network error|Connection refused|Remote host closed the connection|Host not found|Timeout|Proxy error)\s*$/i.exec(lines[i]);
        if (match && match[1].toLowerCase() === String(server).toLowerCase().replace(/\/~.*$/, ""))
            return true;
    }
    return false;
}
