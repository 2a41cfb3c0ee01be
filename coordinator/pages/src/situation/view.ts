// SPDX-License-Identifier: Apache-2.0
// What the reader has chosen to see. It stands in the address, so that a link, a reload and a big
// screen without a keyboard show the same.
import type { Tlp } from "../api";
import { TLPS } from "../frame/mark";
import { useValue, Value } from "../store/value";

export type Kind = "map" | "table" | "matrix";
export type Span = "all" | "day" | "hours";

export interface View {
    kind: Kind;
    asset: string | null; // Selected: why is it so?
    root: string | null; // "But for" this one.
    sector: string | null;
    country: string | null;
    cause: string | null; // A root's id.
    ceiling: Tlp | null; // Above it an item shows its id and time only.
    span: Span; // Of the timeline.
    sum: "so_far" | "forecast"; // Of the matrix.
    pair: string | null; // Of the matrix: "ro-nl".
    big: boolean; // A big screen: everything half as large again.
}

const START: View = { kind: "map", asset: null, root: null, sector: null, country: null, cause: null, ceiling: null, span: "all", sum: "so_far", pair: null, big: false };

function one<T extends string>(text: string | null, of: readonly T[]): T | null {
    return of.find((value) => value === text) ?? null;
}

function read(): View {
    const query = new URLSearchParams(location.search);
    return {
        kind: one(query.get("view"), ["map", "table", "matrix"]) ?? START.kind,
        asset: query.get("asset"),
        root: query.get("root"),
        sector: query.get("sector"),
        country: query.get("country"),
        cause: query.get("cause"),
        ceiling: one(query.get("tlp"), TLPS),
        span: one(query.get("span"), ["all", "day", "hours"]) ?? START.span,
        sum: one(query.get("sum"), ["so_far", "forecast"]) ?? START.sum,
        pair: query.get("pair"),
        big: query.get("big") === "1",
    };
}

const NAMES: { [K in keyof View]: string } = {
    kind: "view", asset: "asset", root: "root", sector: "sector", country: "country", cause: "cause",
    ceiling: "tlp", span: "span", sum: "sum", pair: "pair", big: "big",
};

export const view = new Value<View>(read());

// Changes a part of what is seen. A new page of thought (another view, another asset) can be gone back to.
export function choose(part: Partial<View>): void {
    const before = view.get();
    const next = { ...before, ...part };
    const query = new URLSearchParams(location.search);
    for (const key of Object.keys(NAMES) as (keyof View)[]) {
        const value = next[key] === true ? "1" : next[key];
        if (!value || next[key] === START[key]) {
            query.delete(NAMES[key]);
        } else {
            query.set(NAMES[key], String(value));
        }
    }
    const address = query.size ? `?${query}` : location.pathname;
    if (next.kind !== before.kind || next.asset !== before.asset) {
        history.pushState(null, "", address);
    } else {
        history.replaceState(null, "", address);
    }
    view.set(next);
}

addEventListener("popstate", () => view.set(read()));

export const useView = (): View => useValue(view);
