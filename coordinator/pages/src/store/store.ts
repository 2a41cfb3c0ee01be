// SPDX-License-Identifier: Apache-2.0
// What the page knows: the scenario, the state as of the last record heard, the forecast, and whether
// the server is heard at all. One for each page; the stream (stream.ts) writes it, components read it.
import type { Forecast, Scenario, State } from "../api";
import { useValue, Value } from "./value";

// connecting: never heard yet; live; lost: was heard, and is looked for; refused: this page may not look.
export type Connection = "connecting" | "live" | "lost" | "refused";

export interface Known {
    scenario: Scenario;
    state: State;
    heard_at: number; // performance.now() at which state was heard.
}

export const known = new Value<Known | null>(null);
export const forecast = new Value<Forecast | null>(null);
export const connection = new Value<Connection>("connecting");

// For components below <Frame>, which shows them only once there is something to know.
export function useScenario(): Scenario {
    return useValue(known, (all) => all!.scenario);
}

// What pick takes from the state; the component renders only when that changes.
export function useKnown<P>(pick: (state: State) => P): P {
    return useValue(known, (all) => pick(all!.state));
}

const AHEAD_MAX_MS = 1_000; // Of wall time that a clock runs on by itself when nothing is heard.

// Exercise time as of now: what was last heard, and the time that has passed since at its speed.
export function nowMs(all: Known): number {
    const { clock } = all.state;
    if (clock.state !== "running" || clock.speed_permille === 0 || clock.jump_ms !== null) {
        return clock.now_ms;
    }
    const passed = Math.min(performance.now() - all.heard_at, AHEAD_MAX_MS);
    return Math.min(clock.now_ms + (passed * clock.speed_permille) / 1_000, all.scenario.ends_ms);
}
