// SPDX-License-Identifier: Apache-2.0
// The spillover matrix as it is shown: the worst countries first, the rest together, in a unit that
// keeps the numbers short. Pure.
import type { Forecast, Index, Root, Scenario, State } from "../api";

const SHOWN_MAX = 12;

export interface Line {
    members: Index[]; // Countries; more than one: all others. Empty: roots in no country.
    from: number; // Person-hours lost to roots here, at home and abroad.
    from_abroad: number; // Of these, abroad.
    hit: number; // Person-hours lost here.
    hit_abroad: number; // Of these, to roots abroad.
}
export interface Spill {
    lines: Line[]; // Rows and columns alike; the one without country is a row only.
    cells: number[][]; // Person-hours by row and column of lines.
    total: number;
    abroad: number;
    most: number;
    unit: 1 | 1_000 | 1_000_000;
}

// `hours` is laid out as Matrix.person_hours.
export function spillOf(scenario: Scenario, hours: number[]): Spill {
    const count = scenario.countries.length;
    const sum = (from: Index[], hit: Index[]): number => from.reduce((all, a) => all + hit.reduce((row, b) => row + (hours[a * count + b] ?? 0), 0), 0);
    const everywhere = scenario.countries.map((_, index) => index);
    const weight = (index: Index): number => sum([index], everywhere) + sum(everywhere, [index]);
    const sorted = [...everywhere].sort((a, b) => weight(b) - weight(a) || a - b);
    const groups = sorted.length > SHOWN_MAX ? [...sorted.slice(0, SHOWN_MAX - 1).map((one) => [one]), sorted.slice(SHOWN_MAX - 1)] : sorted.map((one) => [one]);
    const nowhere = sum([count], everywhere);
    const rows = nowhere > 0 ? [...groups, []] : groups;
    const rowIndices = (members: Index[]): Index[] => (members.length > 0 ? members : [count]);
    const cells = rows.map((row) => groups.map((column) => sum(rowIndices(row), column)));
    const lines = rows.map((members, place): Line => {
        const from = cells[place].reduce((all, one) => all + one, 0);
        const hit = members.length > 0 ? sum([...everywhere, count], members) : 0;
        const home = members.length > 0 ? cells[place][place] : 0;
        return { members, from, from_abroad: from - home, hit, hit_abroad: hit - home };
    });
    const total = lines.reduce((all, { from }) => all + from, 0);
    const most = Math.max(0, ...cells.flat());
    return { lines, cells, total, abroad: lines.reduce((all, line) => all + line.from_abroad, 0), most, unit: most >= 1e8 ? 1_000_000 : most >= 1e4 ? 1_000 : 1 };
}

// From 0 to 1 on a logarithmic scale from one unit to the most.
export function shadeOf(hours: number, { most, unit }: Spill): number {
    const top = Math.log10(Math.max(10, most / unit));
    return Math.min(1, Math.max(0, Math.log10(Math.max(1, hours / unit)) / top));
}

// Which services are out now in a country by the doing of roots in another, most people first.
export function roadsOf(scenario: Scenario, state: State, from: Index[], hit: Index[]): { sector: Index; people: number; assets: number }[] {
    const doers = new Set(state.roots.filter(({ country }) => (country === null ? from.length === 0 : from.includes(country))).map(({ id }) => id));
    const roads = scenario.sectors.map((_, sector) => ({ sector, people: 0, assets: 0 }));
    for (const now of state.assets) {
        const asset = scenario.assets[now.index];
        if (now.status !== "normal" && now.root !== null && doers.has(now.root) && hit.includes(asset.country)) {
            roads[asset.sector].assets++;
            roads[asset.sector].people += (asset.people * (1_000_000 - now.service_ppm)) / 1_000_000;
        }
    }
    return roads.filter(({ assets }) => assets > 0).sort((a, b) => b.people - a.people || b.assets - a.assets);
}

export const rootsByHarm = (roots: Root[]): Root[] => roots.filter(({ person_hours, assets_down }) => person_hours > 0 || assets_down > 0).sort((a, b) => b.person_hours - a.person_hours);

export interface SectorChance {
    sector: Index;
    countries: { country: Index; down_now: boolean; by_ppm: number[] }[]; // The three worst.
}

// The sectors most likely to fail somewhere by the end, each with its three worst countries. A sector
// that fails nowhere else than where it is down already has nothing to tell.
export function chancesOf(forecast: Forecast, most: number): SectorChance[] {
    const sectors = new Map<Index, SectorChance>();
    const end = (one: { by_ppm: number[] }): number => one.by_ppm.at(-1) ?? 0;
    for (const { country, sector, down_now, by_ppm } of forecast.groups) {
        const own = sectors.get(sector) ?? { sector, countries: [] };
        own.countries.push({ country, down_now, by_ppm });
        sectors.set(sector, own);
    }
    const toCome = (one: SectorChance): number => Math.max(0, ...one.countries.filter(({ down_now }) => !down_now).map(end));
    for (const one of sectors.values()) {
        one.countries = one.countries.filter((row) => end(row) > 0).sort((a, b) => end(b) - end(a)).slice(0, 3);
    }
    return [...sectors.values()]
        .filter((one) => toCome(one) > 0)
        .sort((a, b) => toCome(b) - toCome(a))
        .slice(0, most);
}
