// What is wrong right now, each with the line that it is about.

import { byId, element, hold, plural, reconcile } from "./dom.js";
import { sourceLink } from "./server.js";

export function showProblems(problems, clients) {
    const errors = problems.filter(problem => problem.level === "error").length;
    const count = byId("problems-count");
    count.textContent = problems.length > 0 ? problems.length : "";
    count.classList.toggle("is-bad", errors > 0);
    reconcile(byId("problems-list"), problems.length > 0 ? problems : [null],
        problem => problem === null ? "none" : [problem.file, problem.line, problem.message].join("\n"),
        problem => problem === null ? element("p", { class: "empty is-good" }, "Nothing is wrong.") : element("article", { class: "problem" }),
        (item, problem) => problem !== null && fill(item, problem, clients));
}

function fill(item, problem, clients) {
    item.dataset.level = problem.level;
    const labels = problem.clients.map(id => clients.find(client => client.id === id)?.label || id);
    const place = [problem.file, problem.line, problem.column].filter(part => part).join(":");
    hold(item,
        element("p", { class: "what" },
            element("span", { class: "level" }, problem.level),
            place === "" ? null : element("a", { class: "place", href: sourceLink(problem.file, problem.line) }, place)),
        element("p", { class: "message" }, problem.message),
        problem.source ? element("pre", { tabindex: 0, role: "region", "aria-label": `Source of ${place}` }, problem.source) : null,
        problem.hint ? element("p", { class: "hint" }, problem.hint) : null,
        labels.length > 0 ? element("p", { class: "who" }, `${plural(labels.length, "client")}: ${labels.join(", ")}`) : null);
}
