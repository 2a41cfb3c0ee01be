// SPDX-License-Identifier: Apache-2.0
// A real coordinator and real nodes, as programs of their own. `$SPILLOVER` is the program.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const PROGRAM = process.env.SPILLOVER;
const PATIENCE_MS = 60_000;

// The first line that a program writes to its file 3; fails when it ends before.
function readyLine(child) {
    return new Promise((told, failed) => {
        let text = "";
        const over = setTimeout(() => failed(new Error("the coordinator is not ready in time")), PATIENCE_MS);
        child.stdio[3].on("data", (part) => {
            text += part;
            if (text.includes("\n")) {
                clearTimeout(over);
                told(JSON.parse(text.slice(0, text.indexOf("\n"))));
            }
        });
        child.on("exit", (code) => {
            clearTimeout(over);
            failed(new Error(`the coordinator ended with ${code}`));
        });
    });
}

const ended = (child) =>
    child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once("exit", done));

// Coordinates `scenario`, with a robot's node for each of `cells`. lose(cell) kills a node; close() ends all.
export async function coordinate(scenario, cells) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "spillover-live-"));
    const inside = (name) => path.join(folder, name);
    for (const cell of cells) {
        const made = execFileSync(PROGRAM, ["keys", "new", inside(`${cell}.key`), "--json"], { encoding: "utf8" });
        execFileSync(PROGRAM, ["keys", "enrol", "--robot", inside("roster"), JSON.parse(made).public_key, cell], { stdio: "ignore" });
    }
    const children = [];
    const run = (words, stdio) => {
        const child = spawn(PROGRAM, words, { cwd: folder, stdio });
        children.push(child);
        return child;
    };
    const close = async () => {
        for (const child of children.reverse()) {
            child.kill("SIGTERM");
            await ended(child);
        }
        fs.rmSync(folder, { recursive: true, force: true });
    };
    try {
        const coordinator = run(
            ["coordinate", scenario, "--roster", "roster", "--record", "play.spill", "--ready-fd", "3"],
            ["ignore", "ignore", "ignore", "pipe"],
        );
        const ready = await readyLine(coordinator);
        const nodes = new Map();
        for (const cell of cells) {
            const node = run(
                ["join", "--coordinator", ready.endpoint, "--server-key", ready.server_key, "--cell", cell, "--key", `${cell}.key`, "--robot"],
                "ignore",
            );
            nodes.set(cell, node);
        }
        return { ...ready, close, lose: (cell) => nodes.get(cell).kill("SIGKILL") };
    } catch (fault) {
        await close();
        throw fault;
    }
}
