// SPDX-License-Identifier: Apache-2.0
// A situation to show: the assets, links and injects of the flagship, with outages that a fixed rule
// lays over them. Nothing in it is a result; names and numbers of elements are the real ones.
import fs from "node:fs";
import { parseCsv } from "../../coordinator/pages/scripts/words.mjs";

const HOUR = 3_600_000;
const NOW = 27 * HOUR + 42 * 60_000;
const FOLDER = new URL("../../scenarios/amber-tide/", import.meta.url);

const read = (name) => fs.readFileSync(new URL(name, FOLDER), "utf8");
function table(name) {
    const [head, ...rows] = parseCsv(read(name));
    return rows.map((row) => Object.fromEntries(head.map((key, place) => [key, row[place]])));
}
// Even numbers out of order, the same in every run.
const mixed = (number) => Math.imul(number + 1, 2_654_435_761) >>> 0;

const yaml = read("scenario.yaml");
const words = new Map(parseCsv(fs.readFileSync(new URL("../../proto/words.csv", import.meta.url), "utf8")).map(([key, en, nl]) => [key, { en, nl }]));
const sectorIds = yaml.match(/^sectors:\s*\[([^\]]*)\]/m)[1].split(/[\s,]+/).filter(Boolean);
const sectorOfKind = new Map([...yaml.matchAll(/^ {2}([a-z0-9-]+):[^\n]*\n {4}sector: ([a-z]+)/gm)].map(([, kind, sector]) => [kind, sector]));
const countries = [...yaml.matchAll(/^ {2}([a-z]{2}): \{name: \{en: ([^,}]+), nl: ([^,}]+)\}/gm)].map(([, id, en, nl]) => ({ id, name: { en, nl }, people: 10_000_000 }));
const cells = [...yaml.slice(yaml.indexOf("\ncells:")).matchAll(/^ {2}([a-z0-9-]+):\n {4}name: \{en: ([^,}]+), nl: ([^,}]+)\}/gm)].map(([, id, en, nl]) => ({
    id, name: { en, nl }, country: id.slice(0, 2), clearance: "amber", phone: "+31 70 555 0123", robot: true,
}));

function makeScenario() {
    const rows = table("assets.csv");
    const places = new Map(rows.map(({ id }, index) => [id, index]));
    const assets = rows.map((row) => ({
        id: row.id,
        name: { en: row.name_en, nl: row.name_nl },
        country: countries.findIndex(({ id }) => id === row.country),
        sector: sectorIds.indexOf(sectorOfKind.get(row.kind) ?? "ports"),
        place: row.place,
        longitude: row.lon === "" ? null : Number(row.lon),
        latitude: row.lat === "" ? null : Number(row.lat),
        people: Number(row.people || 0),
        tags: row.tags.split(" ").filter(Boolean),
        needs: [],
    }));
    const links = table("links.csv").map((row) => ({ from: places.get(row.supplier), to: places.get(row.asset), need: row.need }));
    return {
        version: 1, id: "amber-tide", title: { en: "Amber Tide", nl: "Ambergetij" }, languages: ["en", "nl"], tlp: "amber_strict",
        starts_at: { local: "2026-10-06T06:00", zone: "Europe/Amsterdam", utc_us: 1_791_259_200_000_000 },
        tick_ms: 1_000, ends_ms: 72 * HOUR, countries, sectors: sectorIds.map((id) => ({ id, name: words.get(`sector_${id}`) })),
        assets, links, cells, roles: { control: true },
    };
}

// Every fourth asset is down, in chains along the links where there are any.
function makeAssets({ assets }) {
    const kinds = ["failed", "degraded", "restoring", "islanded"];
    return assets.map((_, index) => {
        const down = mixed(index) % 4 === 0;
        const status = down ? kinds[(mixed(index) >>> 8) % kinds.length] : "normal";
        return {
            index, status,
            service_ppm: status === "normal" ? 1_000_000 : status === "failed" ? 0 : 100_000 * (1 + (mixed(index) % 8)),
            health_ppm: status === "failed" ? 0 : 1_000_000,
            since_ms: down ? (mixed(index * 3) % 27) * HOUR : null,
            root: down ? (index % 5 === 0 ? "effect:transformer" : "campaign:wiper") : null,
            backup_ends_ms: status === "degraded" ? NOW + 34 * 60_000 : null,
            repair_ends_ms: status === "restoring" ? NOW + 5 * HOUR : null,
            infected: false,
        };
    });
}

function makeInjects() {
    const titles = Object.fromEntries(["en", "nl"].map((language) => [language, new Map([...read(`texts/${language}.yaml`).matchAll(/^ {2}([0-9a-z-]+):\n {4}title: (.*)$/gm)].map(([, id, title]) => [id, title]))]));
    const unit = { min: 60_000, h: HOUR, d: 24 * HOUR };
    return table("msel.csv").map((row, place) => {
        const [, number, name] = /^([\d.]+)(min|h|d)$/.exec(row.at) ?? [];
        const planned = number ? Number(number) * unit[name] : null;
        const released = planned !== null && planned <= NOW ? planned : null;
        const states = ["delivered", "opened", "acknowledged", "answered"];
        const to = row.to.split(" ");
        return {
            id: row.id, title: { en: titles.en.get(row.id), nl: titles.nl.get(row.id) }, text: { en: "", nl: "" }, type: row.type,
            category: "contextual", storyline: row.storyline, from: "", to, channel: row.channel,
            tlp: row.tlp.slice(4).toLowerCase().replace("+", "_"), cause: "script", state: released === null ? "armed" : "released",
            planned_ms: planned, due_ms: released === null ? planned : null, proposed_ms: null, released_ms: released, unattended: null,
            condition: null, edited: false, ad_hoc: false, expectation: "none", expected_by_ms: row.due && released !== null ? released + HOUR : null,
            responsible: "", instructions: "", because: [], next: [],
            deliveries: to.map((cell) => ({
                cell, state: released === null ? "none" : states[place % 4], delivered_ms: released, opened_ms: released,
                acknowledged_ms: place % 4 > 1 ? released + HOUR : null, answered_ms: place % 4 > 2 ? released + 2 * HOUR : null, option: "", awaited: place % 4 < 2,
            })),
        };
    });
}

function makeIndicators({ assets }, states) {
    const count = countries.length * sectorIds.length;
    const empty = () => Array.from({ length: count }, () => 0);
    const [people_without, assets_failed, all] = [empty(), empty(), empty()];
    assets.forEach((asset, index) => {
        const place = asset.country * sectorIds.length + asset.sector;
        all[place]++;
        assets_failed[place] += states[index].status === "failed" ? 1 : 0;
        people_without[place] += Math.round((asset.people * (1_000_000 - states[index].service_ppm)) / 1_000_000);
    });
    const sums = sectorIds.map((_, sector) => countries.reduce((sum, __, country) => sum + people_without[country * sectorIds.length + sector], 0));
    return {
        people_without, assets_failed, assets: all, service_ppm: all.map(() => 700_000), person_hours: people_without.map((people) => 9 * people),
        trust_ppm: countries.map(() => 640_000),
        history: Array.from({ length: 60 }, (_, step) => ({ at_ms: (NOW * step) / 59, people_without: sums.map((people) => Math.round((people * Math.min(step, 50)) / 50)) })),
    };
}

const asset = (id) => scenario.assets.findIndex((one) => one.id === id);

export const scenario = makeScenario();
const states = makeAssets(scenario);
const roots = [
    { id: "campaign:wiper", kind: "campaign", name: { en: "Amber wiper", nl: "Amber-wiper" }, at_ms: HOUR, country: 3, assets_down: 44, person_hours: 161_000_000 },
    { id: "effect:transformer", kind: "effect", name: { en: "Transformer trips", nl: "Transformator valt uit" }, at_ms: 22 * HOUR, country: 0, assets_down: 9, person_hours: 1_200_000 },
];
export const state = {
    sequence: 4_821,
    clock: { state: "paused", now_ms: NOW, speed_permille: 4_000, jump_ms: null, next: { at_ms: NOW + 480_000, title: { en: "Cards fail", nl: "Kaarten vallen uit" } }, waits_for: [], wall_us: 1_791_269_200_000_000 },
    assets: states,
    cells: cells.map(({ id }) => ({ id, connected: true, robot: true, joined: true, heard_us: 1_791_269_200_000_000, lag: 0, unread: 0, awaited: 0, overdue: 0, overdue_ms: null, silent_ms: null, orders: 2 })),
    injects: makeInjects(),
    rfis: [],
    indicators: makeIndicators(scenario, states),
    matrix: { person_hours: Array.from({ length: (countries.length + 1) * countries.length }, (_, place) => (mixed(place) % 3 === 0 ? 0 : mixed(place) % 3_000_000)) },
    roots,
    alarms: [
        { part: "streams", level: "bad", words: { en: "15 of 16, nl-port is lost", nl: "15 van 16, nl-port is weg" }, cell: "nl-port" },
        { part: "record", level: "ok", words: { en: "Every record is durable", nl: "Elk record staat vast" }, cell: null },
        { part: "model", level: "ok", words: { en: "The model keeps up", nl: "Het model houdt het bij" }, cell: null },
    ],
    log: [],
};

// Why the first asset of a chain of four is as it is, with what follows.
const chain = [0, 4, 7, 12].map((step) => states.filter(({ status }) => status !== "normal")[step].index);
export const told = scenario.assets[chain[3]].id;
const step = (number, index, at_ms, parent) => ({
    number, parent, asset: index, at_ms, before_ppm: 1_000_000, after_ppm: states[index].service_ppm, rule: parent ? "need" : "health", need: "", supplier: null,
    backup_ended: number === 3, backup_until_ms: null,
    words: { en: `${scenario.assets[index].name.en} (X): failed, no telephone and data from elsewhere`, nl: `${scenario.assets[index].name.nl} (X): uitgevallen, geen telefoon en data van elders` },
});
export const why = {
    [told]: {
        asset: chain[3], at_ms: NOW, status: states[chain[3]].status, service_ppm: states[chain[3]].service_ppm,
        chain: chain.map((index, place) => step(place + 1, index, (6 + 5 * place) * HOUR, place)),
        root: roots[0],
        took_down: states.filter(({ status }) => status !== "normal").slice(20, 32).map(({ index }, place) => step(10 + place, index, (23 + place / 4) * HOUR, 4)),
        took_down_count: 17,
        next: states.filter(({ status }) => status === "normal").slice(30, 34).map(({ index }, place) => ({ asset: index, at_ms: NOW + (place + 1) * HOUR, early_ms: NOW + place * HOUR, late_ms: NOW + (place + 3) * HOUR, chance_ppm: 670_000 - 100_000 * place })),
        backups: [],
    },
};
const side = (assets_failed, people_now, asset_status) => ({ assets_failed, assets_failed_ever: assets_failed + 4, people_now, person_hours: people_now * 9, asset_status });
export const butfor = {
    [told]: {
        root: roots[0].id, asset: chain[3], with: side(44, 15_205_500, states[chain[3]].status), without: side(3, 18_000, "normal"),
        rows: chain.map((index, place) => ({ asset: index, with: states[index].status, without: place % 2 ? "normal" : "failed", without_failed_ms: place % 2 ? null : 6 * HOUR })),
        edges_ms: Array.from({ length: 49 }, (_, edge) => (NOW * edge) / 48), people_with: Array.from({ length: 49 }, (_, edge) => edge * 300_000), people_without: Array.from({ length: 49 }, (_, edge) => edge * 400),
    },
};
const edges_ms = Array.from({ length: 25 }, (_, edge) => NOW + ((72 * HOUR - NOW) * edge) / 24);
export const forecast = {
    made_at_ms: NOW - 2_000, made_at_us: 1_791_269_200_000_000, replicas: 1_000, took_ms: 2_100, edges_ms,
    groups: countries.flatMap((_, country) => sectorIds.map((__, sector) => {
        const down_now = mixed(country * 31 + sector) % 9 === 0;
        const most = mixed(country + sector * 17) % 1_000_000;
        return { country, sector, down_now, by_ppm: edges_ms.map((___, edge) => (down_now ? 1_000_000 : Math.round((most * edge) / 24))) };
    })),
    assets: [{ asset: asset(told), down_now: false, by_ppm: edges_ms.map((_, edge) => edge * 28_000), early_ms: NOW + HOUR, median_ms: NOW + 2 * HOUR, late_ms: NOW + 4 * HOUR }],
    headline: { country: 0, sector: 1, within_ms: 40 * 60_000, chance_ppm: 670_000, before_ppm: 410_000 },
    person_hours: { low: 1_800_000, median: 4_200_000, high: 9_900_000 },
    matrix: state.matrix.person_hours.map((hours) => hours * 3),
};

// As many assets as asked for, round those of the flagship, with as many links and as many down.
export function crowd(count) {
    const assets = Array.from({ length: count }, (_, index) => {
        const one = scenario.assets[index % scenario.assets.length];
        const off = (salt) => ((mixed(index * salt) % 1_000) / 1_000 - 0.5) * 3;
        return { ...one, id: `${one.id}-${index}`, longitude: one.longitude + off(3), latitude: one.latitude + off(5) };
    });
    const links = Array.from({ length: 2 * count }, (_, index) => ({ from: mixed(index) % count, to: mixed(index * 11) % count, need: "feed" }));
    return {
        scenario: { ...scenario, assets, links },
        state: { ...state, assets: assets.map((_, index) => ({ ...states[index % states.length], index })) },
    };
}
