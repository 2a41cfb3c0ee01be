// SPDX-License-Identifier: Apache-2.0
// A real exercise for pages: a coordinator that serves them, and a robot at the end of a socket for each
// cell, all on this machine. Everything it starts it also ends, and its folder goes.
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const program = process.env.SPILLOVER;
const run = promisify(execFile);
const DEADLINE_MS = 60_000;

// A child that says a JSON line on its file 3 when it is ready; `ended` settles when it is over.
function start(arguments_, ready) {
    const child = spawn(program, arguments_, { stdio: ["ignore", "ignore", "pipe", ready ? "pipe" : "ignore"] });
    let said = "";
    child.stderr.on("data", (part) => (said += part));
    const ended = new Promise((over) => child.once("close", (code) => over(code)));
    const line = ready && new Promise((heard, failed) => {
        let text = "";
        const late = setTimeout(() => failed(new Error(`not ready: ${said}`)), DEADLINE_MS);
        child.stdio[3].on("data", (part) => {
            text += part;
            if (text.includes("\n")) {
                clearTimeout(late);
                heard(JSON.parse(text));
            }
        });
        ended.then((code) => {
            clearTimeout(late);
            failed(new Error(`ended with ${code}: ${said}`));
        });
    });
    return { child, ended, line, said: () => said };
}

// Waits until `holds` gives something true; fails when it does not in time.
export async function until(holds, what) {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
        const value = await holds();
        if (value) {
            return value;
        }
        if (Date.now() > deadline) {
            throw new Error(`in ${DEADLINE_MS} ms never: ${what}`);
        }
        await new Promise((soon) => setTimeout(soon, 50));
    }
}

export class Exercise {
    #folder = fs.mkdtempSync(path.join(os.tmpdir(), "spillover-exercise-"));
    #children = new Set();
    #coordinator = null;

    constructor(scenario, cells) {
        this.scenario = scenario;
        this.cells = cells;
    }

    #path(name) {
        return path.join(this.#folder, name);
    }

    #start(arguments_, ready) {
        const one = start(arguments_, ready);
        this.#children.add(one);
        void one.ended.then(() => this.#children.delete(one));
        return one;
    }

    async open() {
        for (const cell of this.cells) {
            await run(program, ["keys", "new", this.#path(`${cell}.key`)]);
            const { stdout } = await run(program, ["keys", "show", "--json", this.#path(`${cell}.key`)]);
            await run(program, ["keys", "enrol", "--robot", this.#path("roster"), JSON.parse(stdout).public_key, cell]);
        }
        await this.openCoordinator();
        for (const cell of this.cells) {
            this.#start(["join", "--robot", "--cell", cell, "--key", this.#path(`${cell}.key`), "--inbox", this.#path(`${cell}.inbox`), "--coordinator", this.endpoint, "--server-key", this.serverKey]);
        }
        await until(async () => (await this.state()).cells.every(({ connected }) => connected), "every cell is connected");
    }

    // Also after kill(): it goes on with its recording, at the same addresses.
    async openCoordinator() {
        this.#coordinator = this.#start(["coordinate", this.scenario, "--roster", this.#path("roster"), "--record", this.#path("record.spill"), "--web", this.url ? new URL(this.url).host : "127.0.0.1:0", "--ready-fd", "3"], true);
        const { endpoint, server_key, web, tokens } = await this.#coordinator.line;
        Object.assign(this, { endpoint, serverKey: server_key, url: web, tokens });
    }

    async kill() {
        this.#coordinator.child.kill("SIGKILL");
        await this.#coordinator.ended;
    }

    async #ask(path_, body) {
        const response = await fetch(this.url + path_, {
            method: body ? "POST" : "GET",
            headers: { Authorization: `Bearer ${this.tokens.control}`, "Content-Type": "application/json" },
            body: body && JSON.stringify(body),
        });
        return response.json();
    }

    facts() {
        return this.#ask("/api/v1/scenario");
    }

    state() {
        return this.#ask("/api/v1/state");
    }

    why(asset) {
        return this.#ask(`/api/v1/why?asset=${encodeURIComponent(asset)}`);
    }

    // And waits until it is there.
    async askForecast() {
        await this.#ask("/api/v1/forecast", {});
        await until(async () => (await this.#ask("/api/v1/forecast")).groups, "there is a forecast");
    }

    async command(body) {
        const answer = await this.#ask("/api/v1/control", body);
        if (!answer.ok) {
            throw new Error(`${JSON.stringify(body)}: ${JSON.stringify(answer)}`);
        }
    }

    // Goes on, as fast as it goes, until this exercise time, and stands still there.
    async playUntil(ms) {
        const { clock } = await this.state();
        await this.command({ do: clock.state === "not_started" ? "start" : "resume" });
        await this.command({ do: "jump", to_ms: ms });
        await until(async () => (await this.state()).clock.now_ms >= ms, `it is ${ms} ms`);
        await this.command({ do: "pause" });
    }

    // The address of a page, with the token that lets it in.
    page(pathname, query = "", role = "observer") {
        return `${this.url}${pathname}${query && `?${query}`}#token=${this.tokens[role]}`;
    }

    async close() {
        const all = [...this.#children];
        all.forEach(({ child }) => child.kill("SIGTERM"));
        const late = setTimeout(() => all.forEach(({ child }) => child.kill("SIGKILL")), 10_000);
        await Promise.all(all.map(({ ended }) => ended));
        clearTimeout(late);
        fs.rmSync(this.#folder, { recursive: true, force: true });
    }
}
