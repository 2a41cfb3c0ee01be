// SPDX-License-Identifier: Apache-2.0
// Exercises as the director meets them: crowded, quiet, before the start, and with hostile text. Made by
// hand and small; what a real coordinator says is tested with one.

const MINUTE = 60_000;
export const NOW = 27 * 60 * MINUTE + 42 * MINUTE;
const WALL_US = 1_800_000_000_000_000;

const CELLS = [
    ["nl-crisis", "National crisis coordination (NL)", "Nationale crisiscoördinatie (NL)", "amber_strict"],
    ["nl-economy", "Ministry of Economic Affairs (NL)", "Ministerie van Economische Zaken (NL)", "amber"],
    ["nl-csirt", "National CSIRT (NL)", "Nationaal CSIRT (NL)", "amber_strict"],
    ["nl-port", "Port operations Rotterdam", "Havenbedrijfsvoering Rotterdam", "amber"],
    ["nl-telecom", "Telecom operator A (NL)", "Telecomaanbieder A (NL)", "amber"],
    ["nl-grid", "Grid operator (NL)", "Netbeheerder (NL)", "amber"],
    ["nl-bank", "Central bank and payments (NL)", "Centrale bank en betalingsverkeer (NL)", "amber"],
    ["be-crisis", "National crisis centre (BE)", "Nationaal crisiscentrum (BE)", "amber"],
    ["de-csirt", "National CSIRT (DE)", "Nationaal CSIRT (DE)", "amber"],
    ["de-grid", "Grid operator North (DE)", "Netbeheerder Noord (DE)", "amber"],
    ["ro-csirt", "National CSIRT (RO)", "Nationaal CSIRT (RO)", "amber_strict"],
    ["ro-grid", "Grid operator (RO)", "Netbeheerder (RO)", "amber"],
    ["fr-sat", "Satellite operator (FR)", "Satellietbeheerder (FR)", "amber"],
    ["eu-network", "EU cyber crisis network", "Europees cybercrisisnetwerk", "amber_strict"],
    ["nato-cell", "NATO cell", "NAVO-cel", "amber_strict"],
    ["media", "Media desk", "Mediadesk", "green"],
];
const COUNTRIES = [["nl", "Netherlands", "Nederland"], ["be", "Belgium", "België"], ["de", "Germany", "Duitsland"], ["ro", "Romania", "Roemenië"],
    ["pl", "Poland", "Polen"], ["gb", "United Kingdom", "Verenigd Koninkrijk"], ["fr", "France", "Frankrijk"]];
const SECTORS = [["telecom", "telecom", "telecom"], ["payments", "payments", "betalingsverkeer"], ["ports", "ports", "havens"],
    ["electricity", "electricity", "elektriciteit"], ["emergency", "emergency services", "hulpdiensten"], ["health", "health care", "zorg"],
    ["government", "government", "overheid"], ["satellite", "satellite", "satelliet"], ["data", "data centres", "datacentra"]];
const ASSETS = [["nl-hospital", "Hospital Hoofddorp", "Ziekenhuis Hoofddorp"], ["nl-112", "Emergency number 112", "Alarmnummer 112"],
    ["nl-mobile", "Mobile core, operator A", "Mobiel kernnet, operator A"]];

const both = (en, nl = en) => ({ en, nl });

export function scenario() {
    return {
        version: 1,
        id: "amber-tide",
        title: both("Amber Tide", "Ambergetij"),
        languages: ["en", "nl"],
        tlp: "amber_strict",
        starts_at: { local: "2026-10-06T06:00", zone: "Europe/Amsterdam", utc_us: WALL_US - NOW * 1_000 },
        tick_ms: 1_000,
        ends_ms: 72 * 60 * MINUTE,
        countries: COUNTRIES.map(([id, en, nl]) => ({ id, name: both(en, nl), people: 10_000_000 })),
        sectors: SECTORS.map(([id, en, nl]) => ({ id, name: both(en, nl) })),
        assets: ASSETS.map(([id, en, nl]) => ({
            id, name: both(en, nl), country: 0, sector: 0, place: "", longitude: null, latitude: null, people: 0, tags: [], needs: [],
        })),
        links: [],
        cells: CELLS.map(([id, en, nl, clearance], i) => ({
            id, name: both(en, nl), country: null, clearance, phone: i % 5 === 4 ? "" : String(2201 + 7 * i), robot: true,
        })),
        roles: { control: true },
    };
}

const cellNow = (id) => ({
    id, connected: true, robot: false, joined: true, heard_us: WALL_US, lag: 0, unread: 0, awaited: 0, overdue: 0, overdue_ms: null,
    silent_ms: null, orders: 0,
});

export const inject = (id, en, nl, to, changes = {}) => ({
    id,
    title: both(en, nl),
    text: both(
        `${en.replace(/[.?]*$/, ".")} Nobody has confirmed it yet, and the desk asks what may be said about it, by whom, and before which hour of this night.`,
        `${nl.replace(/[.?]*$/, ".")} Niemand heeft het nog bevestigd, en de balie vraagt wat erover mag worden gezegd, door wie, en vóór welk uur van deze nacht.`,
    ),
    type: "information",
    category: "contextual",
    storyline: "core",
    from: "Duty officer",
    to,
    channel: "phone",
    tlp: "amber",
    cause: "script",
    state: "waiting",
    planned_ms: null,
    due_ms: null,
    proposed_ms: null,
    released_ms: null,
    unattended: null,
    condition: null,
    edited: false,
    ad_hoc: false,
    expectation: "none",
    expected_by_ms: null,
    responsible: "technical",
    instructions: "Say no more than the text unless they ask.",
    because: [],
    next: [],
    deliveries: to.map((cell) => ({
        cell, state: "none", delivered_ms: null, opened_ms: null, acknowledged_ms: null, answered_ms: null, option: "", awaited: false,
    })),
    ...changes,
});

const at = (minutes) => ({ planned_ms: NOW + minutes * MINUTE, due_ms: NOW + minutes * MINUTE });
const armed = (text, today, holds = false) => ({ state: "armed", condition: { text, today, holds } });

const PLANNED = [
    inject("520-mouse", "“The mouse moves by itself”", "“De muis beweegt vanzelf”", ["nl-grid"], {
        ...at(2), condition: { text: "infected(grid-hand, nl) >= 1", today: "infected(grid-hand, nl) = 2", holds: true },
    }),
    inject("910-who-did-it", "Do we name who did it?", "Noemen we wie het heeft gedaan?", ["nl-crisis", "eu-network", "nato-cell"], {
        ...at(3), tlp: "amber_strict", type: "decision",
    }),
    inject("840-forgery", "Video of a crisis meeting, forged", "Vervalste video van een crisisoverleg", ["nl-crisis", "media"], {
        ...at(5), tlp: "clear", channel: "social",
    }),
    inject("370-factory", "3 000 modems a week, 30 000 needed", "3000 modems per week, 30.000 nodig", ["fr-sat", "nl-port"], at(8)),
    inject("360-storm", "Storm on Friday, 5 800 turbines loose", "Vrijdag storm, 5800 turbines stuurloos", ["de-grid"], at(20)),
    inject("730-dry", "First stations dry, though there is fuel", "Eerste pompen leeg, al is er brandstof", ["nl-economy", "nl-crisis", "media"], {
        ...armed("level(fuel, nl) < 80%", "level(fuel, nl) = 86.5 %"), tlp: "clear",
    }),
    inject("440-roaming", "Let the rival carry them?", "Mag de concurrent ze overnemen?", ["nl-economy"], {
        ...armed("service(nl-mobile-core-a) < 85% and triggered(dark-core, nl) >= 1", "service(nl-mobile-core-a) = 100.0 %; triggered(dark-core, nl) = 0"),
    }),
    inject("740-ration", "Who may still fill up?", "Wie mag er nog tanken?", ["nl-economy", "nl-crisis"], { category: "contingency" }),
];

const entry = (sequence, en, nl) => ({
    sequence, at_ms: NOW - 60 * MINUTE + sequence, utc_us: WALL_US, kind: "inject", who: "system", words: both(en, nl), asset: null, cell: null, inject: null,
});

export function quiet() {
    return {
        sequence: 1_000,
        clock: {
            state: "running", now_ms: NOW, speed_permille: 1_000, jump_ms: null,
            next: { at_ms: NOW + 2 * MINUTE, title: PLANNED[0].title }, waits_for: [], wall_us: WALL_US,
        },
        assets: ASSETS.map((_, index) => ({
            index, status: "normal", service_ppm: 1_000_000, health_ppm: 1_000_000, since_ms: null, root: null, backup_ends_ms: null,
            repair_ends_ms: null, infected: false,
        })),
        cells: CELLS.map(([id]) => cellNow(id)),
        injects: PLANNED,
        rfis: [],
        indicators: { people_without: [], assets_failed: [], assets: [], service_ppm: [], person_hours: [], trust_ppm: [], history: [] },
        matrix: { person_hours: [] },
        roots: [],
        alarms: [
            { part: "streams", level: "ok", words: both("Every cell that joined is connected", "Elke cel die meedoet is verbonden"), cell: null },
            { part: "record", level: "ok", words: both("Every record is durable", "Elk record staat vast"), cell: null },
            { part: "disk", level: "ok", words: both("212 GB free", "212 GB vrij"), cell: null },
            { part: "model", level: "ok", words: both("The model keeps up", "Het model houdt het bij"), cell: null },
        ],
        log: [
            entry(998, "“A time bomb set for 13:00” is sent", "“Een tijdbom om 13:00 uur” is verstuurd"),
            entry(999, "National CSIRT (NL) acknowledged it", "Nationaal CSIRT (NL) bevestigde het"),
        ],
    };
}

export function beforeStart() {
    const state = quiet();
    Object.assign(state.clock, { state: "not_started", now_ms: 0, next: null });
    Object.assign(state.cells[5], { connected: false, joined: false, heard_us: null });
    Object.assign(state.cells[6], { connected: false, joined: false, heard_us: null });
    return state;
}

const proposed = (id, en, nl, to, left, unattended, changes) =>
    inject(id, en, nl, to, {
        state: "proposed",
        cause: "model",
        proposed_ms: NOW - 3 * MINUTE,
        due_ms: left === null ? null : NOW + left,
        unattended,
        ...changes,
    });

// Ten things that need the director: a lost cell, a late answer, six questions, three proposals.
export function crowded() {
    const state = quiet();
    const cell = Object.fromEntries(state.cells.map((one) => [one.id, one]));
    Object.assign(cell["nl-port"], {
        connected: false, heard_us: WALL_US - 9 * 60_000_000, lag: 3, unread: 3, overdue: 1, overdue_ms: NOW - 4 * MINUTE, silent_ms: 9 * MINUTE,
    });
    Object.assign(cell["nl-bank"], { overdue: 2, overdue_ms: NOW - 6 * MINUTE, silent_ms: 3 * MINUTE, awaited: 2 });
    Object.assign(cell["ro-csirt"], { unread: 4, lag: 7, silent_ms: 6 * MINUTE });
    Object.assign(cell["de-grid"], { unread: 1, robot: true });
    const late = inject("620-brussels-down", "Brussels is down: half of all card payments", "Brussel plat: half pinverkeer ligt stil", ["nl-bank"], {
        state: "released", released_ms: NOW - 126 * MINUTE, expectation: "missed", expected_by_ms: NOW - 6 * MINUTE,
    });
    late.deliveries[0].awaited = true;
    state.injects = [
        ...PLANNED,
        late,
        inject("540-peak", "Shed load before the relays do?", "Zelf afschakelen vóór de relais het doen?", ["nl-grid"], { ...at(13), due_ms: null, state: "held" }),
        proposed("560-diesel", "How long does our diesel last?", "Hoelang gaat onze diesel mee?", ["nl-crisis", "nl-grid"], 222_000, "pass", {
            because: [
                { asset: 2, words: both("Regional grid Meerlanden (Netherlands): failed", "Regionaal net Meerlanden (Nederland): uitgevallen") },
                { asset: 0, words: both("Hospital Hoofddorp (Netherlands): degraded", "Ziekenhuis Hoofddorp (Nederland): verstoord") },
            ],
            next: [
                { asset: 0, within_ms: 34 * MINUTE, chance_ppm: 670_000 },
                { asset: 1, within_ms: 40 * MINUTE, chance_ppm: 440_000 },
                { asset: 2, within_ms: 40 * MINUTE, chance_ppm: 3_000 },
            ],
        }),
        proposed("470-voices", "Calls come back", "Bellen kan weer", ["nl-telecom", "nl-economy", "media", "nl-crisis", "eu-network"], 9 * MINUTE, "pass", {
            tlp: "amber_strict",
        }),
        proposed("575-colocation", "Data centres at Schiphol-Rijk go dark", "Datacentra in Schiphol-Rijk vallen uit", ["nl-economy", "nl-port"], null, "hold", {
            condition: { text: "service(nl-dc-meerlanden) < 50%", today: "service(nl-dc-meerlanden) = 12.5 %", holds: true },
        }),
    ];
    state.rfis = [
        ["fr-sat", "May we tell the vendor that it is our modem firmware?", 13],
        ["nl-port", "Is the quay power feed part of the play?", 9],
        ["ro-csirt", "Is the update signing key known to be stolen?", 6],
        ["nl-grid", "Who pays for balancing across borders?", 4],
        ["be-crisis", "Do the Antwerp terminals use the same log-in?", 2],
        ["de-csirt", "Which of the ferries count as essential? The ministry wants one list for all ports, and we hold three of them.", 1],
    ].map(([from, text, minutes], i) => ({ number: 11 + i, cell: from, text, asked_ms: NOW - minutes * MINUTE, answered_ms: null }));
    state.rfis.push({ number: 10, cell: "nl-crisis", text: "Answered long ago", asked_ms: NOW - 60 * MINUTE, answered_ms: NOW - 50 * MINUTE });
    state.alarms[0] = { part: "streams", level: "bad", words: both("15 of 16, nl-port is off line", "15 van 16, nl-port is niet verbonden"), cell: "nl-port" };
    return state;
}

export function forecast() {
    const edges = [5, 10, 20, 30, 40, 60, 90, 120, 240];
    const rise = (chance) => edges.map((minutes) => Math.round(chance * (1 - Math.exp(-minutes / 30))));
    const groups = [];
    for (let country = 0; country < COUNTRIES.length; country++) {
        for (let sector = 0; sector < SECTORS.length; sector++) {
            if ((country + sector) % 4 !== 3) {
                const chance = Math.round(900_000 / (1 + country + 2 * sector) ** 1.4);
                groups.push({ country, sector, down_now: country === 2 && sector === 2, by_ppm: rise(chance) });
            }
        }
    }
    return {
        made_at_ms: NOW, made_at_us: WALL_US - 2_000_000, replicas: 1_000, took_ms: 800, edges_ms: edges.map((minutes) => NOW + minutes * MINUTE),
        groups, assets: [], headline: { country: 0, sector: 0, within_ms: 40 * MINUTE, chance_ppm: 663_000, before_ppm: 610_000 },
        person_hours: { low: 1, median: 2, high: 3 }, matrix: [],
    };
}

// Text that would run, or break the page, if anything took it for more than text.
export const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
export function hostile() {
    const state = crowded();
    const long = "W".repeat(400);
    state.injects = state.injects.map((one) => ({
        ...one, title: both(HOSTILE), text: both(HOSTILE + long), from: HOSTILE, channel: HOSTILE, instructions: HOSTILE,
        condition: one.condition && { ...one.condition, text: HOSTILE + long, today: long },
    }));
    state.rfis = state.rfis.map((rfi) => ({ ...rfi, text: HOSTILE + long }));
    state.alarms[0].words = both(HOSTILE);
    state.log = [entry(999, HOSTILE + long)];
    state.clock.next = { at_ms: NOW + MINUTE, title: both(HOSTILE + long) };
    return state;
}
