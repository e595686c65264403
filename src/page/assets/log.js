// What programs log.

import { byId, element } from "./dom.js";
import { followLog, sourceLink } from "./server.js";

// Rows that stay.
const MOST = 400;

export function startLog() {
    const list = byId("log-list");
    list.append(element("p", { class: "empty" }, "What programs print appears here, as far as they are attached to or were started by ", element("code", {}, "qmlserve run"), "."));
    followLog(entry => add(list, row(entry)), count => add(list, element("p", { class: "lost" }, `${count} messages were missed`)));
    byId("log-warnings").addEventListener("change", event => {
        list.classList.toggle("is-short", event.target.checked);
    });
}

function add(list, item) {
    list.querySelector(".empty")?.remove();
    // Who reads further up is not led away from there.
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    list.append(item);
    if (list.children.length > MOST)
        list.firstElementChild.remove();
    if (isAtEnd)
        list.scrollTop = list.scrollHeight;
}

function row(entry) {
    const time = new Date(entry.at * 1000);
    const place = [entry.file, entry.line].filter(part => part).join(":");
    const isOfTree = entry.file && !entry.file.includes("://") && !entry.file.startsWith("/");
    const link = isOfTree
        ? element("a", { class: "place", href: sourceLink(entry.file, entry.line) }, place)
        : element("span", { class: "place" }, place);
    return element("p", { class: "entry", "data-level": entry.level },
        element("time", { datetime: time.toISOString() }, time.toLocaleTimeString([], { hour12: false })),
        element("span", { class: "level" }, entry.level),
        element("span", { class: "text" }, entry.text),
        element("span", { class: "from" }, entry.program, place === "" ? null : [" · ", link]));
}
