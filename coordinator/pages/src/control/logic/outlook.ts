// SPDX-License-Identifier: Apache-2.0
// The forecast as the director reads it: one sentence, curves of the chances behind it, and a table
// of sectors and countries that shows the likeliest first. Pure.
import type { Forecast, Index, Ms, Ppm } from "../../api";

export const LIKELY_PPM: Ppm = 500_000; // From here on a chance is coloured.

export interface Chance {
    down: boolean; // Already: no chance is asked for.
    ppm: Ppm;
}
export interface OutlookGrid {
    atMs: Ms; // Chances are of being down by then.
    countries: Index[];
    rows: { sector: Index; chances: (Chance | null)[] }[]; // null: the country has none of it.
    left: number; // Sectors and countries that are not shown, with a chance or down.
}
export interface Curve {
    country: Index;
    sector: Index;
    points: { at_ms: Ms; ppm: Ppm }[];
}

// A forecast is of the past when the exercise has gone on this far: a jump does that in a moment.
const STALE_MS: Ms = 10 * 60_000;
export const isStale = (forecast: Forecast, nowMs: Ms): boolean => nowMs - forecast.made_at_ms > STALE_MS;

// The edge that stands for "within": the first at or after it, else the last.
export function edgeIndex(forecast: Forecast, withinMs: Ms): number {
    const at = forecast.made_at_ms + withinMs;
    const index = forecast.edges_ms.findIndex((edge) => edge >= at);
    return index < 0 ? forecast.edges_ms.length - 1 : index;
}

// Larger is more urgent. What is down stands below what is likely to go: the director knows of it.
function weight(chance: Chance | null): number {
    return chance === null ? -1 : chance.down ? LIKELY_PPM : chance.ppm;
}

// Indexes of the heaviest lines of a table, heaviest first: by their largest entry, then their sum.
// Lines with nothing in them are left out.
function heaviest(lines: (Chance | null)[][], count: number): number[] {
    const keys = lines.map((line) => ({
        most: Math.max(-1, ...line.map(weight)),
        sum: line.reduce((sum, each) => sum + Math.max(0, weight(each)), 0),
    }));
    return [...keys.keys()]
        .filter((i) => keys[i].most > 0)
        .sort((a, b) => keys[b].most - keys[a].most || keys[b].sum - keys[a].sum)
        .slice(0, count);
}

// The table at one edge, cut to the most urgent sectors and countries.
export function outlookGrid(
    forecast: Forecast,
    size: { countries: number; sectors: number },
    edge: number,
    shown: { rows: number; columns: number },
): OutlookGrid {
    const table: (Chance | null)[][] = Array.from({ length: size.sectors }, () =>
        Array.from({ length: size.countries }, () => null),
    );
    for (const group of forecast.groups) {
        table[group.sector][group.country] = { down: group.down_now, ppm: group.by_ppm[edge] };
    }
    const columns = Array.from({ length: size.countries }, (_, country) =>
        table.map((line) => line[country]),
    );
    const sectors = heaviest(table, shown.rows);
    const countries = heaviest(columns, shown.columns);
    const busy = (line: (Chance | null)[]) => line.some((each) => weight(each) > 0);
    return {
        atMs: forecast.edges_ms[edge],
        countries,
        rows: sectors.map((sector) => ({
            sector,
            chances: countries.map((country) => table[sector][country]),
        })),
        left:
            table.filter((line, i) => busy(line) && !sectors.includes(i)).length +
            columns.filter((line, i) => busy(line) && !countries.includes(i)).length,
    };
}

// The chances over time behind the sentence, its own first, then the next likeliest at its edge.
export function outlookCurves(forecast: Forecast, edge: number, count: number): Curve[] {
    const headline = forecast.headline;
    const own = (each: { country: Index; sector: Index }) =>
        headline !== null && each.country === headline.country && each.sector === headline.sector;
    return forecast.groups
        .filter((group) => own(group) || (!group.down_now && group.by_ppm[edge] > 0))
        .sort(
            (a, b) =>
                Number(own(b)) - Number(own(a)) || b.by_ppm[edge] - a.by_ppm[edge],
        )
        .slice(0, count)
        .map((group) => ({
            country: group.country,
            sector: group.sector,
            points: [
                { at_ms: forecast.made_at_ms, ppm: group.down_now ? 1_000_000 : 0 },
                ...group.by_ppm.map((ppm, i) => ({ at_ms: forecast.edges_ms[i], ppm })),
            ].filter((point, i, all) => i === 0 || point.at_ms > all[0].at_ms),
        }));
}

// Where labels at the ends of lines stand, so that none covers another: as near to their own place
// as a distance between neighbours lets them be, within [least, most].
export function spread(wanted: number[], distance: number, least: number, most: number): number[] {
    const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b]);
    const places = wanted.map((each) => Math.min(Math.max(each, least), most));
    for (let i = 1; i < order.length; i++) {
        places[order[i]] = Math.max(places[order[i]], places[order[i - 1]] + distance);
    }
    let ceiling = most;
    for (const here of order.reverse()) {
        places[here] = Math.min(places[here], ceiling);
        ceiling = places[here] - distance;
    }
    return places;
}
