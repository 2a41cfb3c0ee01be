// SPDX-License-Identifier: Apache-2.0
// What the model proposes and the director decides: least time first, then what waits for the
// director, oldest first. Pure.
import type { InjectNow, Ms, State } from "../../api";

// How far "delay" moves a proposal.
export const DELAY_MS: Ms = 10 * 60_000;

export interface Proposal {
    inject: InjectNow;
    leftMs: Ms | null; // Until silence means yes; null: it waits for the director.
    delayToMs: Ms; // Where "delay" would put it; within the exercise.
}

export function proposals(state: State, endsMs: Ms): Proposal[] {
    const now = state.clock.now_ms;
    return state.injects
        .filter((inject) => inject.state === "proposed")
        .map((inject) => ({
            inject,
            leftMs:
                inject.unattended === "pass" && inject.due_ms !== null
                    ? Math.max(0, inject.due_ms - now)
                    : null,
            delayToMs: Math.min(now + DELAY_MS, endsMs),
        }))
        .sort(
            (a, b) =>
                (a.leftMs ?? Infinity) - (b.leftMs ?? Infinity) ||
                (a.inject.proposed_ms ?? 0) - (b.inject.proposed_ms ?? 0),
        );
}
