// A document in a window of its own: its text with links on what it uses, and with what is wrong
// at its line. Which one it is stands in the page's address, so that it can be linked and Back
// closes it.

import { byId, bytes, element, hold } from "./dom.js";
import { fileUrl, get, sourceLink } from "./server.js";
import { lines } from "./highlight.js";
import { filterTree } from "./tree.js";

let shown = null;
let problems = [];
let version = "";

export function startSource() {
    const dialog = byId("source");
    addEventListener("hashchange", route);
    dialog.addEventListener("close", () => {
        // Another one may be on its way.
        if (shown?.file === null)
            return;
        const address = shown?.address;
        shown = null;
        if (location.hash === address)
            history.replaceState(null, "", location.pathname + location.search);
    });
    // A click beside it closes it.
    dialog.addEventListener("click", event => {
        if (event.target === dialog)
            dialog.close();
    });
    route();
}

// A new version, or other problems: what is shown is read again.
export function refreshSource(tree, found) {
    problems = found;
    if (tree === null)
        return;
    const isNew = tree.version !== version;
    version = tree.version;
    if (shown === null)
        return;
    if (isNew)
        show(shown.path, shown.line, false);
    else if (shown.file)
        fill(shown.file);
}

function route() {
    const parameters = new URLSearchParams(location.hash.slice(1));
    if (parameters.has("folder")) {
        byId("source").close();
        history.replaceState(null, "", location.pathname + location.search);
        filterTree(parameters.get("folder"));
    } else if (parameters.has("file")) {
        show(parameters.get("file"), Number(parameters.get("line")) || null, true);
    } else if (byId("source").open) {
        byId("source").close();
    }
}

async function show(path, line, moves) {
    const dialog = byId("source");
    // One that was still awaited has not moved to its line yet.
    const isFirst = moves || shown?.file === null;
    shown = { path, line, address: location.hash, file: null };
    const asked = shown;
    try {
        const answer = await get("@qmlserve/page/document", { path });
        const file = await answer.json();
        if (shown !== asked)
            return;
        shown.file = file;
        fill(file);
    } catch (error) {
        if (shown !== asked)
            return;
        shown.file = undefined;
        frame(path, element("p", { class: "empty" }, error.message));
    }
    if (!dialog.open)
        dialog.showModal();
    if (isFirst)
        dialog.querySelector(".is-target, .is-wrong")?.scrollIntoView({ block: "center" });
}

function frame(path, ...content) {
    const dialog = byId("source");
    const hadFocus = dialog.open && dialog.contains(document.activeElement);
    hold(dialog,
        element("div", { class: "bar" },
            element("h2", { id: "source-title" }, path),
            element("div", { class: "buttons" },
                element("a", { class: "button", href: fileUrl(path), target: "_blank" }, "Plain"),
                element("button", { type: "button", autofocus: true, onclick: () => byId("source").close() }, "Close"))),
        content);
    if (hadFocus)
        dialog.querySelector("button").focus();
}

function fill(file) {
    const dialog = byId("source");
    const isSame = byId("source-title")?.textContent === file.path;
    const scroll = isSame && dialog.querySelector(".code")?.scrollTop || 0;
    const uses = [...Object.values(file.types), ...file.files];
    const links = [...file.used_by.map(path => ["used by", path]), ...uses.map(path => ["uses", path])];
    frame(file.path,
        links.length === 0 ? null : element("details", { class: "links" },
            element("summary", {}, `Used by ${file.used_by.length} · uses ${uses.length}`),
            element("ul", {}, links.map(([how, path]) =>
                element("li", {}, `${how} `, element("a", { href: sourceLink(path) }, path))))),
        file.text === null
            ? element("p", { class: "empty" }, `No text is shown of it: ${bytes(file.size)}.`)
            : code(file));
    const list = dialog.querySelector(".code");
    if (list !== null)
        list.scrollTop = scroll;
}

function code(file) {
    const wrong = new Map();
    for (const problem of problems) {
        if (problem.file === file.path && problem.line)
            wrong.set(problem.line, [...wrong.get(problem.line) || [], problem]);
    }
    const imports = new Map(file.imports.map(({ line, targets }) => [line, targets]));
    const rows = lines(file.text).map((words, at) => {
        const number = at + 1;
        const found = wrong.get(number) || [];
        const targets = imports.get(number);
        const kind = found.length > 0 ? "is-wrong" : number === shown?.line ? "is-target" : null;
        return element("li", { class: kind, value: number },
            element("code", {}, words.map(word => part(word, file, targets))),
            found.map(problem => element("p", { class: "at-line", "data-level": problem.level }, problem.message)));
    });
    return element("ol", { class: "code", tabindex: 0, "aria-label": `Source of ${file.path}` }, rows);
}

// A word, with a link where it leads to something of the tree.
function part([kind, text], file, targets) {
    const target = targetOf(kind, text, file, targets);
    const content = target === null ? text : element("a", { href: target }, text);
    return kind === "" && target === null ? text : element("span", { class: kind || null }, content);
}

function targetOf(kind, text, file, targets) {
    if (kind === "type" && Object.hasOwn(file.types, text))
        return sourceLink(file.types[text]);
    const isName = kind === "string" || kind === "type";
    if (targets && isName) {
        const script = targets.find(path => /\.m?js$/.test(path));
        return script ? sourceLink(script) : `#folder=${encodeURIComponent(targets[0] === "" ? "" : `${targets[0]}/`)}`;
    }
    if (kind !== "string")
        return null;
    const name = text.slice(1, -1);
    const known = [...file.files, ...Object.values(file.types)];
    const found = name === "" ? undefined : known.find(path => path === resolved(file.path, name));
    return found ? sourceLink(found) : null;
}

// What a relative name means in a document.
function resolved(path, name) {
    try {
        const url = new URL(name, new URL(path.split("/").map(encodeURIComponent).join("/"), "http://tree/"));
        return decodeURIComponent(url.pathname.slice(1));
    } catch {
        return null;
    }
}
