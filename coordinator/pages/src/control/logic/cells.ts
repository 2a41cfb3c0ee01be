// SPDX-License-Identifier: Apache-2.0
// Cells, most urgent first, and which of their values are not normal. Pure.
import type { CellNow, Ms, Scenario, ScenarioCell, State } from "../../api";
import { isLost } from "./needs";

// Above these a value is bold and coloured.
export const LAG_MANY = 5; // Messages that its node has not stored yet.
export const UNREAD_MANY = 2;
export const SILENT_MS: Ms = 5 * 60_000;

export type CellLevel = "failed" | "degraded" | "normal";

export interface CellRow {
    facts: ScenarioCell;
    now: CellNow;
    level: CellLevel;
    lostMs: Ms | null; // Wall time since it was heard, of a cell that is lost.
    abnormal: { lag: boolean; unread: boolean; overdue: boolean; silent: boolean };
}

function row(facts: ScenarioCell, now: CellNow, state: State, wallUs: number): CellRow {
    const gone = isLost(now, state);
    const abnormal = {
        lag: now.lag >= LAG_MANY,
        unread: now.unread > UNREAD_MANY,
        overdue: now.overdue > 0,
        silent: (now.silent_ms ?? 0) > SILENT_MS,
    };
    const some = abnormal.lag || abnormal.unread || abnormal.overdue || abnormal.silent;
    return {
        facts,
        now,
        level: gone ? "failed" : some ? "degraded" : "normal",
        lostMs:
            gone && now.heard_us !== null ? Math.max(0, (wallUs - now.heard_us) / 1000) : null,
        abnormal,
    };
}

// How urgent one row is, most important part first; larger is more urgent.
function urgency(each: CellRow, nowMs: Ms): number[] {
    return [
        each.level === "failed" ? 1 : 0,
        each.now.overdue_ms === null ? -1 : nowMs - each.now.overdue_ms,
        each.abnormal.silent ? (each.now.silent_ms ?? 0) : 0,
        each.abnormal.unread ? each.now.unread : 0,
        each.abnormal.lag ? each.now.lag : 0,
        each.now.awaited,
        each.now.unread,
    ];
}

// Equal ones stay in the scenario's order.
export function cellRows(scenario: Scenario, state: State, wallUs: number): CellRow[] {
    const now = new Map(state.cells.map((cell) => [cell.id, cell]));
    const rows: CellRow[] = [];
    for (const facts of scenario.cells) {
        const cell = now.get(facts.id);
        if (cell !== undefined) {
            rows.push(row(facts, cell, state, wallUs));
        }
    }
    const ranks = new Map(rows.map((each) => [each, urgency(each, state.clock.now_ms)]));
    return rows.sort((a, b) => {
        const first = ranks.get(a)!;
        const second = ranks.get(b)!;
        const differs = first.findIndex((part, i) => part !== second[i]);
        return differs < 0 ? 0 : second[differs] - first[differs];
    });
}

// Cells that are lost, so that every name of theirs can be red.
export function lostCells(state: State): ReadonlySet<string> {
    return new Set(state.cells.filter((cell) => isLost(cell, state)).map((cell) => cell.id));
}
