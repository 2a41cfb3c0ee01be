// SPDX-License-Identifier: Apache-2.0
// What goes out next: injects with a time within the window and those that the director holds, then
// those that wait for a condition. Pure.
import type { InjectNow, Ms, State } from "../../api";

export const UPCOMING_WINDOW_MS: Ms = 15 * 60_000;

export interface Upcoming {
    timed: InjectNow[]; // By time; held ones among them.
    conditional: InjectNow[]; // Their time has come, or they have none: a condition decides.
    idle: InjectNow[]; // Wait for a hand: no time and no condition.
    then: InjectNow | null; // The first after the window.
}

// When an inject would go out if nobody interferes; null when no time says so.
export function goesOutMs(inject: InjectNow): Ms | null {
    if (inject.state === "armed") {
        // What holds goes out when it has held for long enough; else its due time is its expiry.
        return inject.condition !== null && inject.condition.holds ? inject.due_ms : null;
    }
    return inject.planned_ms;
}

function byTime(a: InjectNow, b: InjectNow): number {
    return (goesOutMs(a) ?? Infinity) - (goesOutMs(b) ?? Infinity) || 0;
}

export function upcoming(state: State, windowMs: Ms = UPCOMING_WINDOW_MS): Upcoming {
    const until = state.clock.now_ms + windowMs;
    const result: Upcoming = { timed: [], conditional: [], idle: [], then: null };
    for (const inject of state.injects) {
        const at = goesOutMs(inject);
        if (inject.state === "held") {
            result.timed.push(inject);
        } else if (inject.state === "armed" && at === null) {
            (inject.condition === null ? result.idle : result.conditional).push(inject);
        } else if (inject.state === "waiting" && at === null) {
            (inject.condition === null ? result.idle : result.conditional).push(inject);
        } else if (inject.state === "waiting" || inject.state === "armed") {
            if (at !== null && at <= until) {
                result.timed.push(inject);
            } else if (result.then === null || byTime(inject, result.then) < 0) {
                result.then = inject;
            }
        }
    }
    // A stable sort keeps the scenario's order where times are equal.
    result.timed.sort(byTime);
    return result;
}

// A condition with the value of today put behind each of its terms, once. `today` is a list as
// "service(a) = 69.0 %; escalation() = 3"; what it says of terms that the text does not have, or in
// another form, stands behind all of it.
export interface ConditionPart {
    text: string;
    value: boolean; // A value of today; else words of the condition.
}
export function conditionParts(condition: { text: string; today: string }): ConditionPart[] {
    const parts: ConditionPart[] = [];
    const left: string[] = [];
    const found: { end: number; value: string }[] = [];
    for (const each of condition.today.split("; ").filter(Boolean)) {
        const [term, value] = splitAtLast(each, " = ");
        const at = term === "" ? -1 : condition.text.indexOf(term);
        if (at < 0) {
            left.push(each);
        } else {
            found.push({ end: at + term.length, value: value.replace(/\.0+ %$/, " %") });
        }
    }
    let done = 0;
    for (const { end, value } of found.sort((a, b) => a.end - b.end)) {
        parts.push({ text: condition.text.slice(done, end), value: false }, { text: value, value: true });
        done = end;
    }
    parts.push({ text: condition.text.slice(done), value: false });
    return [...parts, ...left.map((text) => ({ text, value: true }))].filter((part) => part.text !== "");
}

function splitAtLast(text: string, mark: string): [string, string] {
    const at = text.lastIndexOf(mark);
    return at < 0 ? ["", text] : [text.slice(0, at), text.slice(at + mark.length)];
}

// The cells that a row has room for, lost ones first, and how many more there are.
export function receivers(
    to: readonly string[],
    lost: ReadonlySet<string>,
    most: number,
): { shown: string[]; more: number } {
    const sorted = [...to.filter((cell) => lost.has(cell)), ...to.filter((cell) => !lost.has(cell))];
    return { shown: sorted.slice(0, most), more: Math.max(0, to.length - most) };
}

// What the director may do with an inject in its state, in the order of the buttons.
export type InjectAction = "hold" | "release" | "skip" | "inject_now" | "approve" | "veto";
export function actions(inject: InjectNow): InjectAction[] {
    switch (inject.state) {
        case "waiting":
        case "armed":
            return ["hold", "skip", "inject_now"];
        case "held":
            return ["release", "skip"];
        case "proposed":
            return ["approve", "veto"];
        default:
            return [];
    }
}
