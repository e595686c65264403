// The page: each section has a module of its own; this one brings them the news.

import { byId, say } from "./dom.js";
import { command, follow } from "./server.js";
import { showChanges } from "./changes.js";
import { showClients } from "./clients.js";
import { showConnect } from "./connect.js";
import { startLog } from "./log.js";
import { showProblems } from "./problems.js";
import { showServices } from "./services.js";
import { refreshSource, startSource } from "./source.js";
import { showTree } from "./tree.js";

const state = { tree: null, clients: [], problems: [] };

function connected(isThere) {
    byId("server").dataset.state = isThere ? "here" : "lost";
    document.body.classList.toggle("is-lost", !isThere);
    if (!isThere)
        byId("server-text").textContent = "The server does not answer; trying again…";
    else
        showServer();
}

function showServer() {
    if (state.tree === null)
        return;
    const { entry, ready, version } = state.tree;
    byId("server-text").textContent = ready
        ? `${entry} · version ${version.slice(0, 8)}`
        : `${entry} does not exist yet · version ${version.slice(0, 8)}`;
    document.title = state.problems.some(problem => problem.level === "error")
        ? `✗ ${entry} – qmlserve`
        : `${entry} – qmlserve`;
}

const sections = {
    tree(tree) {
        state.tree = tree;
        showTree(tree);
        showServer();
        refreshSource(tree, state.problems);
    },
    clients(clients) {
        state.clients = clients;
        showClients(clients);
    },
    problems(problems) {
        state.problems = problems;
        showProblems(problems, state.clients);
        showServer();
        refreshSource(state.tree, problems);
    },
    changes(changes) {
        showChanges(changes, state.clients);
    },
    services(services) {
        showServices(services);
    },
};

byId("all-clients").addEventListener("click", async event => {
    const kind = event.target.dataset.kind;
    if (kind === undefined)
        return;
    try {
        if (kind === "identify") {
            const here = state.clients.filter(client => client.is_connected && client.stream);
            await Promise.all(here.map(client =>
                command(client.stream, { kind, label: client.label })));
        } else {
            await command(null, { kind });
        }
        say(`${event.target.textContent}: done`);
    } catch (error) {
        say(error.message);
    }
});

startLog();
startSource();
showConnect();
follow(sections, connected);
