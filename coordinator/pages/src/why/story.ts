// SPDX-License-Identifier: Apache-2.0
// The story of one asset as rows: why it is so, itself, what it took down, what comes next. Pure.
import type { AssetNow, AssetStatus, Index, Ms, Ppm, Scenario, Step, Why } from "../api";
import { textOf } from "../words/words";

export type Part = "why" | "asset" | "took" | "next";
export interface Row {
    part: Part;
    number: number; // On the map too.
    asset: Index;
    status: AssetStatus; // Now.
    rule: string; // In words that refer to numbers.
    root: boolean;
    at_ms: Ms; // When it happened; what comes next: when, most likely.
    after_ppm: Ppm;
    cause: number | null; // The number of the row whose change it was.
    backup: [from: Ms, to: Ms] | null; // While a backup ran, or runs.
    backup_ended: boolean;
    likely: { early_ms: Ms; late_ms: Ms; chance_ppm: Ppm } | null;
}
export interface Story {
    rows: Row[];
    left_out: { why: number; took: number }; // Rows for which there is no room.
    from_ms: Ms;
    to_ms: Ms;
}

const AHEAD_LEAST = 0.27; // Of the width, for what comes next: the near future is read in minutes.
const REACH_LEAST_MS = 3_600_000; // So far ahead of now at least …
const REACH = 0.5; // … or so much of what lies behind it.
const ROWS_MAX = 13;
const NEXT_MAX = 4;
const TOOK_LEAST = 3;

// How many steps of each part there is room for: the asset, what comes next, then the chain.
function shares(why: Why): { chain: number; took: number; next: number } {
    const next = Math.min(why.next.length, NEXT_MAX);
    const causes = Math.max(0, why.chain.length - 1);
    const chain = Math.min(causes, ROWS_MAX - 1 - next - Math.min(why.took_down.length, TOOK_LEAST));
    return { chain, next, took: Math.min(why.took_down.length, ROWS_MAX - 1 - next - chain) };
}

// The root and the steps nearest to the asset: what is left out lies between.
function nearest(chain: Step[], count: number): Step[] {
    const causes = chain.slice(0, -1);
    return causes.length <= count ? causes : [causes[0], ...causes.slice(causes.length - count + 1)];
}

// The server's sentence without the asset's own name, which stands above it, and with the number of a
// supplier that has one: "Bakery (Belgium): failed, no flour from Mill" is "failed, no flour from 3".
function ruleOf(words: string, scenario: Scenario, numbers: Map<Index, number>, asset: Index, supplier: Index | null): string {
    const own = textOf(scenario.assets[asset].name);
    const colon = words.startsWith(own) ? words.indexOf(": ", own.length) : -1;
    words = words.slice(colon < 0 ? 0 : colon + 2);
    const number = supplier === null ? undefined : numbers.get(supplier);
    return number === undefined ? words : words.replace(textOf(scenario.assets[supplier!].name), String(number));
}

export function tellStory(scenario: Scenario, why: Why, states: AssetNow[], now: Ms): Story {
    const share = shares(why);
    const self = why.chain.at(-1);
    const steps: [Part, Step][] = [
        ...nearest(why.chain, share.chain).map((step): [Part, Step] => ["why", step]),
        ...(self ? [["asset", self] as [Part, Step]] : []),
        ...why.took_down.slice(0, share.took).map((step): [Part, Step] => ["took", step]),
    ];
    const numbers = new Map<Index, number>();
    steps.forEach(([, step], place) => numbers.has(step.asset) || numbers.set(step.asset, place + 1));
    const placeOf = new Map(steps.map(([, step], place) => [step.number, place]));
    const rows = steps.map(([part, step], place): Row => {
        const cause = placeOf.get(step.parent);
        const started = step.backup_ended && cause !== undefined ? steps[cause][1].at_ms : step.at_ms;
        const until = step.backup_ended ? step.at_ms : (step.backup_until_ms ?? (part === "asset" ? states[step.asset].backup_ends_ms : null));
        return {
            part,
            number: place + 1,
            asset: step.asset,
            status: states[step.asset].status,
            rule: ruleOf(textOf(step.words), scenario, numbers, step.asset, step.supplier),
            root: place === 0,
            at_ms: step.at_ms,
            after_ppm: step.after_ppm,
            cause: cause === undefined ? null : cause + 1,
            backup: until !== null && until > started ? [started, until] : null,
            backup_ended: step.backup_ended,
            likely: null,
        };
    });
    const next = why.next.slice(0, share.next).map(({ asset, at_ms, early_ms, late_ms, chance_ppm }, place): Row => ({
        part: "next", number: rows.length + place + 1, asset, status: states[asset].status, rule: "", root: false, at_ms,
        after_ppm: 0, cause: null, backup: null, backup_ended: false, likely: { early_ms, late_ms, chance_ppm },
    }));
    const all = [...rows, ...next];
    const first = Math.min(now, ...rows.map((row) => row.backup?.[0] ?? row.at_ms));
    // A backup that lasts for days runs out of the picture: its end stands there in figures.
    const reach = now + Math.max(REACH_LEAST_MS, (now - first) * REACH);
    const last = Math.max(now, ...all.map((row) => row.likely?.late_ms ?? Math.min(reach, row.backup?.[1] ?? row.at_ms)));
    const span = Math.max(last - first, 600_000);
    return {
        rows: all,
        left_out: { why: Math.max(0, why.chain.length - 1) - share.chain, took: why.took_down_count - share.took },
        from_ms: first - span * 0.06,
        // Room for the chances that stand behind the last mark.
        to_ms: next.length > 0 ? last + (last - now) * 0.9 : last + span * 0.06,
    };
}

// Where a time stands, from 0 to 1. The axis is even on either side of now; ahead of it, it may be wider.
export function scaleOf(story: Story, now: Ms): (at: Ms) => number {
    const { from_ms, to_ms } = story;
    const even = (to_ms - now) / (to_ms - from_ms);
    const ahead = story.rows.some((row) => row.part === "next") ? Math.max(even, AHEAD_LEAST) : even;
    return (at) => (at <= now ? ((1 - ahead) * (at - from_ms)) / Math.max(1, now - from_ms) : 1 - ahead + (ahead * (at - now)) / Math.max(1, to_ms - now));
}
