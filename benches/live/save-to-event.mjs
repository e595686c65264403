// Save to event: how long after a file was saved does a client know?
//
//     cargo build --release && cd benches/live && npm install && node save-to-event.mjs [SAVES]
//
// qmlserve (server-sent events) and Vite (its WebSocket) get the same saves in
// the same process, in turn, so that the noise of the machine hits both. Some
// editors write the file in place, others beside it and rename.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer } from "vite";
import WebSocket from "ws";

const saves = Number(process.argv[2] ?? 300);
const root = mkdtempSync(path.join(tmpdir(), "save-to-event-"));
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

const ways = {
  "in place": (file, text) => writeFileSync(file, text),
  renamed: (file, text) => { writeFileSync(`${file}~`, text); renameSync(`${file}~`, file); },
};

function listener() {
  let wake = null;
  return {
    heard: () => { const at = performance.now(); if (wake) wake(at); wake = null; },
    next: () => new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no event within 5 s")), 5000);
      wake = at => { clearTimeout(timer); resolve(at); };
    }),
  };
}

async function qmlserve() {
  const dir = path.join(root, "qml");
  mkdirSync(dir);
  const file = path.join(dir, "main.qml");
  writeFileSync(file, "import QtQuick 2.12\nItem {}\n");
  const server = spawn("../../target/release/qmlserve", [dir, "--port", "0", "-q"]);
  const base = await new Promise(resolve => server.stdout.once("data", data =>
    resolve(/listening on (\S+)\//.exec(String(data))[1])));
  const events = listener();
  await new Promise(resolve => http.get(`${base}/@qmlserve/events`, response => {
    response.on("data", data => { if (String(data).includes("data:")) { events.heard(); resolve(); } });
  }));
  return {
    name: "qmlserve", events, stop: () => server.kill(),
    save: (i, write) => write(file, `import QtQuick 2.12\nItem { width: ${i} }\n`),
  };
}

async function vite() {
  const dir = path.join(root, "vite");
  mkdirSync(dir);
  writeFileSync(path.join(dir, "index.html"), '<script type="module" src="/main.js"></script>');
  const file = path.join(dir, "main.js");
  writeFileSync(file, "export const width = 0;\n");
  const server = await createServer({ root: dir, logLevel: "silent", server: { port: 0, host: "127.0.0.1" } });
  await server.listen();
  const { port } = server.httpServer.address();
  await fetch(`http://127.0.0.1:${port}/main.js`);
  const events = listener();
  const token = server.config.webSocketToken;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`, "vite-hmr");
  await new Promise(resolve => socket.once("open", resolve));
  socket.on("message", data => {
    if (/"type":"(update|full-reload)"/.test(String(data))) events.heard();
  });
  await sleep(500);
  return {
    name: "vite", events, stop: () => server.close(),
    // Vite only tells of modules that somebody has asked for since.
    before: () => fetch(`http://127.0.0.1:${port}/main.js`).then(r => r.text()),
    save: (i, write) => write(file, `export const width = ${i};\n`),
  };
}

const peers = [await qmlserve(), await vite()];
const times = new Map();
for (let i = 1; i <= saves; i++) {
  for (const [way, write] of Object.entries(ways)) {
    for (const peer of peers) {
      await peer.before?.();
      const event = peer.events.next();
      const start = performance.now();
      peer.save(`${i}${way.length}`, write);
      const row = `${peer.name.padEnd(9)} ${way.padEnd(9)}`;
      times.set(row, [...times.get(row) ?? [], await event - start]);
      await sleep(60);
    }
  }
}
for (const [row, all] of times) {
  all.sort((a, b) => a - b);
  const at = q => all[Math.min(all.length - 1, Math.floor(q * all.length))].toFixed(2);
  console.log(`${row} median ${at(0.5)} ms   99th percentile ${at(0.99)} ms   (${all.length} saves)`);
}
for (const peer of peers) await peer.stop();
process.exit(0);
