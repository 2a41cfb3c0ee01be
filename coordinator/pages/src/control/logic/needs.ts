// SPDX-License-Identifier: Apache-2.0
// What needs the director now, most urgent first: time that stands still, cells that are lost, then answers that are late,
// latest first, then whatever runs out soonest (a question to control, a proposal of the model).
// Pure; a page turns it into words.
import type { CellNow, InjectNow, Ms, Rfi, Scenario, State } from "../../api";

// A question, or a proposal that waits for the director, should not wait longer than this.
export const PATIENCE_MS: Ms = 15 * 60_000;
export const STRIP_TILES_MAX = 4;

export type Need =
    // Time stands still until these cells' robots have answered.
    | { kind: "stuck"; cells: string[] }
    // forMs is wall time: a lost line does not wait for the exercise's clock. null: never heard.
    | { kind: "lost"; cell: CellNow; forMs: Ms | null; injects: number }
    | { kind: "late"; cell: CellNow; forMs: Ms; inject: InjectNow | null }
    | { kind: "question"; rfi: Rfi; forMs: Ms }
    // leftMs: until it passes by itself; null: it waits for the director.
    | { kind: "proposal"; inject: InjectNow; forMs: Ms; leftMs: Ms | null };

export interface Strip {
    tiles: Need[];
    more: number; // That have no tile of their own.
}

// A cell without a line: it was here and is gone, or the exercise began without it.
export function isLost(cell: CellNow, state: State): boolean {
    return !cell.connected && (cell.joined || state.clock.state !== "not_started");
}

// How long a cell has not been heard, by the wall.
function unheardMs(cell: CellNow, wallUs: number): Ms | null {
    return cell.heard_us === null ? null : Math.max(0, (wallUs - cell.heard_us) / 1000);
}

// Injects on which the cell still has to act: first those with a time, earliest first.
export function owed(cell: string, state: State): InjectNow[] {
    return state.injects
        .filter((inject) => inject.deliveries.some((each) => each.cell === cell && each.awaited))
        .sort((a, b) => (a.expected_by_ms ?? Infinity) - (b.expected_by_ms ?? Infinity) || 0);
}

// The inject that the cell has owed an answer to for longest.
function oldestOwed(cell: CellNow, state: State): InjectNow | null {
    const [oldest] = owed(cell.id, state);
    const due = oldest?.expected_by_ms ?? null;
    return due !== null && due <= state.clock.now_ms ? oldest : null;
}

// Injects with a time that would go to the cell within the director's horizon.
function injectsSoon(cell: CellNow, state: State, horizonMs: Ms): number {
    const until = state.clock.now_ms + horizonMs;
    return state.injects.filter(
        (inject) =>
            inject.state === "waiting" &&
            inject.planned_ms !== null &&
            inject.planned_ms <= until &&
            inject.to.includes(cell.id),
    ).length;
}

function lost(state: State, wallUs: number): Need[] {
    return state.cells
        .filter((cell) => isLost(cell, state))
        .map((cell): Need & { kind: "lost" } => ({
            kind: "lost",
            cell,
            forMs: unheardMs(cell, wallUs),
            injects: injectsSoon(cell, state, PATIENCE_MS),
        }))
        .sort((a, b) => (b.forMs ?? Infinity) - (a.forMs ?? Infinity) || 0);
}

function late(state: State): Need[] {
    return state.cells
        .filter((cell) => cell.overdue > 0 && !isLost(cell, state))
        .map((cell): Need & { kind: "late" } => ({
            kind: "late",
            cell,
            forMs: state.clock.now_ms - (cell.overdue_ms ?? state.clock.now_ms),
            inject: oldestOwed(cell, state),
        }))
        .sort((a, b) => b.forMs - a.forMs);
}

// Exercise time that a need of the last kind has left; less than nothing when it waits too long.
type Waiting = Need & { kind: "question" | "proposal" };
function runsOutMs(need: Waiting): Ms {
    if (need.kind === "proposal" && need.leftMs !== null) {
        return need.leftMs;
    }
    return PATIENCE_MS - need.forMs;
}

function waiting(state: State): Need[] {
    const now = state.clock.now_ms;
    const questions = state.rfis
        .filter((rfi) => rfi.answered_ms === null)
        .map((rfi): Waiting => ({ kind: "question", rfi, forMs: now - rfi.asked_ms }));
    const proposals = state.injects
        .filter((inject) => inject.state === "proposed")
        .map((inject): Waiting => ({
            kind: "proposal",
            inject,
            forMs: now - (inject.proposed_ms ?? now),
            leftMs:
                inject.unattended === "pass" && inject.due_ms !== null
                    ? Math.max(0, inject.due_ms - now)
                    : null,
        }));
    return [...questions, ...proposals].sort((a, b) => runsOutMs(a) - runsOutMs(b));
}

// Everything that needs the director, most urgent first. Nothing does once it has ended.
export function needs(state: State, wallUs: number): Need[] {
    if (state.clock.state === "ended") {
        return [];
    }
    const { waits_for } = state.clock;
    const stuck: Need[] = waits_for.length > 0 ? [{ kind: "stuck", cells: waits_for }] : [];
    return [...stuck, ...lost(state, wallUs), ...late(state), ...waiting(state)];
}

// The first few; when there are more, the last tile says how many do not show.
export function strip(all: Need[]): Strip {
    const tiles = all.slice(0, STRIP_TILES_MAX);
    return { tiles, more: all.length - tiles.length };
}

// Before the start: who is here, and who is not yet.
export function rollCall(scenario: Scenario, state: State): { here: number; missing: string[] } {
    const here = new Set(state.cells.filter((cell) => cell.connected).map((cell) => cell.id));
    return {
        here: here.size,
        missing: scenario.cells.filter((cell) => !here.has(cell.id)).map((cell) => cell.id),
    };
}
