// The tree: folders that open and close, files with their state.

import { byId, bytes, element, plural, reconcile } from "./dom.js";
import { sourceLink } from "./server.js";

// A larger tree comes with its folders closed.
const SMALL = 150;

// The most rows that a filter finds.
const MOST_FOUND = 200;

const STATES = { fine: "fine", broken: "broken", unused: "not used by what is shown" };

let shown = { files: [] };

export function showTree(tree) {
    shown = tree;
    const broken = tree.files.filter(file => file.state === "broken").length;
    byId("tree-count").textContent = tree.files.length;
    byId("tree-legend").replaceChildren(
        plural(tree.files.length, "file"), broken > 0 ? `, ${broken} broken` : "",
        ". Faded: not used by what is shown. ",
        element("span", { class: "tag" }, "open"), " names files that nobody can read off.");
    show();
}

function show() {
    const filter = byId("tree-filter").value.trim().toLowerCase();
    const list = byId("tree-list");
    if (list.firstElementChild === null)
        list.append(element("ul", { class: "files" }));
    const rows = list.firstElementChild;
    if (shown.files.length === 0)
        list.dataset.empty = "The folder has no files yet.";
    else
        delete list.dataset.empty;
    if (filter === "") {
        fill(rows, grown(shown.files), shown.files.length <= SMALL);
        return;
    }
    const found = shown.files.filter(file => file.path.toLowerCase().includes(filter));
    reconcile(rows, found.slice(0, MOST_FOUND), file => `found ${file.path}`,
        () => row(), (item, file) => fillRow(item, file, file.path));
}

// The files as folders: { path, name, folders, files, isBroken }.
function grown(files) {
    const top = folder("", "");
    for (const file of files) {
        const parts = file.path.split("/");
        const name = parts.pop();
        let at = top;
        const way = [top];
        for (const part of parts) {
            const path = at.path + part + "/";
            if (!at.folders.has(path))
                at.folders.set(path, folder(path, part));
            at = at.folders.get(path);
            way.push(at);
        }
        at.files.push({ ...file, name });
        for (const passed of way) {
            ++passed.count;
            passed.isBroken ||= file.state === "broken";
        }
    }
    return top;
}

function folder(path, name) {
    return { path, name, folders: new Map(), files: [], count: 0, isBroken: false };
}

function fill(list, node, isOpen) {
    const items = [...node.folders.values(), ...node.files];
    reconcile(list, items, item => item.path,
        item => item.folders ? folderRow(isOpen) : row(),
        (child, item) => item.folders ? fillFolder(child, item, isOpen) : fillRow(child, item, item.name));
}

function folderRow(isOpen) {
    const item = element("li", { class: "folder" },
        element("details", { open: isOpen },
            element("summary", {}, element("span", { class: "name" }), element("span", { class: "size" })),
            element("ul", { class: "files" })));
    // What is in a closed folder is made when it opens.
    item.firstElementChild.addEventListener("toggle", () => fillFolder(item, item.node, isOpen));
    return item;
}

function fillFolder(item, node, isOpen) {
    item.node = node;
    const details = item.firstElementChild;
    details.querySelector(".name").textContent = `${node.name}/`;
    details.querySelector(".size").textContent = node.count;
    item.dataset.state = node.isBroken ? "broken" : "fine";
    if (details.open)
        fill(details.lastElementChild, node, isOpen);
}

function row() {
    return element("li", { class: "file" },
        element("span", { class: "mark", role: "img" }), element("a", { class: "name" }),
        element("span", { class: "tags" }), element("span", { class: "size" }));
}

function fillRow(item, file, name) {
    const [mark, link, tags, size] = item.children;
    // What has just changed lights up.
    if (item.dataset.hash && item.dataset.hash !== file.hash) {
        item.classList.remove("is-new");
        void item.offsetWidth; // Begins the animation anew.
        item.classList.add("is-new");
    }
    item.dataset.hash = file.hash;
    item.dataset.state = file.state;
    item.dataset.kind = file.kind;
    mark.setAttribute("aria-label", STATES[file.state]);
    mark.title = STATES[file.state];
    link.textContent = name;
    link.href = sourceLink(file.path);
    size.textContent = bytes(file.size);
    const named = [];
    if (file.path === shown.entry)
        named.push(element("span", { class: "tag is-entry" }, "entry"));
    if (file.open)
        named.push(element("span", { class: "tag", title: "It names files in ways that cannot be read off." }, "open"));
    if (file.state === "broken")
        named.push(element("span", { class: "tag is-broken" }, "broken"));
    tags.replaceChildren(...named);
}

// Shows the files below a folder.
export function filterTree(text) {
    byId("tree-filter").value = text;
    show();
    byId("tree").scrollIntoView();
}

byId("tree-filter").addEventListener("input", show);
