// How long the last changes took: a bar for each client, from the save to the event and on to the
// moment at which it was shown.

import { byId, drawn, element } from "./dom.js";

// Changes that are drawn.
const MOST = 8;

// The width of a bar in the units of its drawing.
const WIDTH = 240;

export function showChanges(changes, clients) {
    const last = changes.slice(-MOST).reverse();
    const place = byId("changes-plot");
    if (last.length === 0) {
        place.replaceChildren(element("p", { class: "empty" }, "Save a file, and the time that it takes until each client shows it is drawn here."));
        return;
    }
    const rows = last.flatMap(change => change.clients.map((showing, at) => ({ change, showing, isFirst: at === 0 })));
    const longest = Math.max(20, ...rows.map(row => timesOf(row).total));
    place.replaceChildren(element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Times of the last changes" },
        element("table", { class: "plot" },
            element("thead", {}, element("tr", {},
                element("th", { scope: "col" }, "Change"), element("th", { scope: "col" }, "Client"),
                element("th", { scope: "col" }, element("span", { class: "key is-saved" }), "Event"),
                element("th", { scope: "col" }, element("span", { class: "key is-shown" }), "Shown"),
                element("th", { scope: "col", class: "wide" }, "0 to ", ms(longest)))),
            element("tbody", {}, rows.map(row => tableRow(row, longest, clients))))));
}

function tableRow(row, longest, clients) {
    const { change, showing, isFirst } = row;
    const { event, shown } = timesOf(row);
    const client = clients.find(client => client.id === showing.client);
    const outcome = showing.shown === null ? "not yet" : showing.failed ? `failed, ${ms(shown)}` : ms(shown);
    return element("tr", { class: isFirst ? "is-first" : null },
        element("td", { class: "path", title: change.paths.join("\n") }, isFirst ? nameOf(change) : ""),
        element("td", {}, client?.label || showing.client.slice(0, 8)),
        element("td", { class: "time" }, event === null ? "?" : ms(event)),
        element("td", { class: "time" }, outcome),
        element("td", { class: "wide" }, bar(event || 0, shown, showing.failed, longest)));
}

// In milliseconds: from the save to the event, and from there until it was shown.
function timesOf({ change, showing }) {
    const event = change.saved === null ? null : change.saved + showing.told;
    const shown = showing.shown === null ? 0 : showing.shown - showing.told;
    return { event, shown, total: (event || 0) + shown };
}

function bar(event, shown, failed, longest) {
    const scaled = time => Math.max(time > 0 ? 1.5 : 0, time / longest * WIDTH);
    const first = scaled(event);
    return drawn("svg", { viewBox: `0 0 ${WIDTH} 10`, class: "times", "aria-hidden": "true", preserveAspectRatio: "none" },
        drawn("rect", { class: "is-saved", x: 0, y: 1, width: first, height: 8 }),
        drawn("rect", { class: failed ? "is-failed" : "is-shown", x: first, y: 1, width: scaled(shown), height: 8 }));
}

function nameOf(change) {
    const first = change.paths[0] || change.version.slice(0, 8);
    return change.count > 1 ? `${first} and ${change.count - 1} more` : first;
}

function ms(time) {
    return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
}
