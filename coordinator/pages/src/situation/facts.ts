// SPDX-License-Identifier: Apache-2.0
// What the panels of this page tell, worked out of scenario and state. Pure.
import type { AssetNow, AssetStatus, InjectNow, Scenario, ScenarioAsset, State, Tlp } from "../api";
import { STATUSES, TLPS } from "../frame/mark";
import type { View } from "./view";

// Whether an asset passes the filters.
export function passes(scenario: Scenario, asset: ScenarioAsset, now: AssetNow, view: View): boolean {
    return (
        (!view.sector || scenario.sectors[asset.sector].id === view.sector) &&
        (!view.country || scenario.countries[asset.country].id === view.country) &&
        (!view.cause || now.root === view.cause)
    );
}

// The indices of assets that are not normal and pass, the most urgent first: failed before degraded,
// then whom it serves.
export function abnormal(scenario: Scenario, assets: AssetNow[], view: View): number[] {
    const rank = (now: AssetNow): number => STATUSES.indexOf(now.status);
    return assets
        .filter((now) => now.status !== "normal" && passes(scenario, scenario.assets[now.index], now, view))
        .sort((a, b) => rank(a) - rank(b) || scenario.assets[b.index].people - scenario.assets[a.index].people || a.index - b.index)
        .map((now) => now.index);
}

export function countStatuses(scenario: Scenario, assets: AssetNow[], view: View): Record<AssetStatus, number> {
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<AssetStatus, number>;
    for (const now of assets) {
        if (passes(scenario, scenario.assets[now.index], now, view)) {
            counts[now.status]++;
        }
    }
    return counts;
}

export interface SectorNow {
    index: number;
    service_ppm: number; // Mean over its assets, weighed by people.
    affected: number;
    assets: number;
    people_without: number;
}

// The sectors that have assets here, the one that most people are without first.
export function sectorsNow(scenario: Scenario, state: State, view: View): SectorNow[] {
    const rows = scenario.sectors.map((_, index) => ({ index, service: 0, weight: 0, plain: 0, affected: 0, assets: 0, people_without: 0 }));
    for (const now of state.assets) {
        const asset = scenario.assets[now.index];
        if (view.country && scenario.countries[asset.country].id !== view.country) {
            continue;
        }
        const row = rows[asset.sector];
        row.service += now.service_ppm * asset.people;
        row.weight += asset.people;
        row.plain += now.service_ppm;
        row.assets++;
        row.affected += now.status === "normal" ? 0 : 1;
    }
    scenario.countries.forEach((country, place) => {
        if (!view.country || country.id === view.country) {
            rows.forEach((row) => (row.people_without += state.indicators.people_without[place * rows.length + row.index]));
        }
    });
    return rows
        .filter((row) => row.assets > 0)
        .map(({ index, service, weight, plain, affected, assets, people_without }) => ({
            index,
            affected,
            assets,
            people_without,
            service_ppm: Math.round(weight > 0 ? service / weight : plain / assets),
        }))
        .sort((a, b) => b.people_without - a.people_without || a.service_ppm - b.service_ppm || a.index - b.index);
}

// How far down a service level is, for its colour.
export function levelStatus(ppm: number): AssetStatus {
    return ppm < 500_000 ? "failed" : ppm < 950_000 ? "degraded" : "normal";
}

// Whether the page's ceiling hides what carries this label.
export const isAbove = (level: Tlp, ceiling: Tlp | null): boolean => ceiling !== null && TLPS.indexOf(level) > TLPS.indexOf(ceiling);

// The strictest label that the page shows; the ceiling caps it.
export function strictest(injects: InjectNow[], ceiling: Tlp | null, whole: Tlp): Tlp {
    const shown = injects.map((one) => one.tlp).filter((level) => !isAbove(level, ceiling));
    const most = Math.max(0, ...shown.map((level) => TLPS.indexOf(level)));
    return TLPS[Math.min(most, ceiling === null ? TLPS.indexOf(whole) : TLPS.indexOf(ceiling))];
}
