// SPDX-License-Identifier: Apache-2.0
// Keeps the store up to date: the scenario once, then Server-Sent Events, which resume by themselves
// at the last record heard. When the server was restarted, or the stream was refused, it starts over;
// a server that now plays another scenario reloads the page.
import type { Delta, Scenario, State } from "../api";
import { applyDelta } from "./apply";
import { connection, forecast, known } from "./store";

const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 8_000;

let source: EventSource | null = null;
let tries = 0;

export class Refused extends Error {}

export async function getJson<T>(path: string): Promise<T> {
    const response = await fetch(path, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (response.status === 401 || response.status === 403) {
        throw new Refused(path);
    }
    if (!response.ok) {
        throw new Error(`${path}: ${response.status}`);
    }
    return (await response.json()) as T;
}

// A page is opened with its token behind the #, which no server's log sees; it becomes a cookie that no
// script reads, and leaves the address.
async function signIn(): Promise<void> {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
        history.replaceState(null, "", location.pathname + location.search);
        await fetch("/api/v1/session", {
            method: "POST",
            credentials: "same-origin",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ token }),
        });
    }
}

async function hearForecast(): Promise<void> {
    try {
        forecast.set(await getJson("/api/v1/forecast"));
    } catch {
        forecast.set(null); // There is none yet; a delta brings the first.
    }
}

function hearState(scenario: Scenario, state: State): void {
    tries = 0;
    known.set({ scenario, state, heard_at: performance.now() });
    connection.set("live");
}

function hearDelta(delta: Delta): void {
    tries = 0;
    const all = known.get();
    if (!all) {
        return restart(); // Deltas without what they change.
    }
    if (delta.forecast) {
        forecast.set(delta.forecast);
    }
    known.set({ scenario: all.scenario, state: applyDelta(all.state, delta), heard_at: performance.now() });
    connection.set("live");
}

function restart(): void {
    source?.close();
    source = null;
    const most = Math.min(RETRY_MOST_MS, RETRY_LEAST_MS * 2 ** tries++);
    setTimeout(() => void begin(), most * (0.5 + Math.random() / 2)); // Many pages do not come back at once.
}

async function begin(): Promise<void> {
    try {
        const scenario = await getJson<Scenario>("/api/v1/scenario");
        const before = known.get()?.scenario;
        if (before && JSON.stringify(before) !== JSON.stringify(scenario)) {
            return location.reload();
        }
        listen(before ?? scenario);
        await hearForecast();
    } catch (fault) {
        connection.set(fault instanceof Refused ? "refused" : known.get() ? "lost" : "connecting");
        restart();
    }
}

function listen(scenario: Scenario): void {
    source = new EventSource("/api/v1/events");
    source.addEventListener("state", (event) => hearState(scenario, JSON.parse(event.data) as State));
    source.addEventListener("delta", (event) => hearDelta(JSON.parse(event.data) as Delta));
    source.onopen = () => known.get() && connection.set("live");
    source.onerror = () => {
        connection.set(known.get() ? "lost" : "connecting");
        if (source?.readyState === EventSource.CLOSED) {
            restart(); // Refused outright: the browser does not try again by itself.
        }
    };
}

export async function startStream(): Promise<void> {
    await signIn().catch(() => undefined); // The scenario then tells that it is refused.
    await begin();
}
