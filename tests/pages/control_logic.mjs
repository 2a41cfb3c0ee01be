// SPDX-License-Identifier: Apache-2.0
// Proves what the director's page makes of a state: what needs the director first, what comes next,
// what silence means, which cells are urgent, how a forecast is cut to size, and what may be sent.
import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./support/bundle.mjs";

const { needs, strip, rollCall, isLost, PATIENCE_MS } = await load("control/logic/needs.ts");
const { upcoming, actions, receivers, conditionParts } = await load("control/logic/upcoming.ts");
const { proposals, DELAY_MS } = await load("control/logic/proposals.ts");
const { cellRows, lostCells, SILENT_MS } = await load("control/logic/cells.ts");
const { edgeIndex, isStale, outlookGrid, outlookCurves, spread } = await load("control/logic/outlook.ts");
const draft = await load("control/logic/draft.ts");
const transport = await load("control/logic/transport.ts");

const MINUTE = 60_000;
const NOW = 3 * 3600_000;
const WALL_US = 1_800_000_000_000_000;

const cell = (id, changes = {}) => ({
    id,
    connected: true,
    robot: false,
    joined: true,
    heard_us: WALL_US,
    lag: 0,
    unread: 0,
    awaited: 0,
    overdue: 0,
    overdue_ms: null,
    silent_ms: null,
    orders: 0,
    ...changes,
});
const inject = (id, changes = {}) => ({
    id,
    title: { en: `Title of ${id}`, nl: `Titel van ${id}` },
    text: { en: `Text of ${id}` },
    type: "information",
    category: "contextual",
    from: "",
    to: ["a"],
    channel: "mail",
    tlp: "green",
    state: "waiting",
    planned_ms: null,
    due_ms: null,
    proposed_ms: null,
    released_ms: null,
    unattended: null,
    condition: null,
    expected_by_ms: null,
    because: [],
    next: [],
    deliveries: [],
    ...changes,
});
const question = (number, waited, changes = {}) => ({
    number,
    cell: "a",
    text: "?",
    asked_ms: NOW - waited,
    answered_ms: null,
    ...changes,
});
const state = (changes = {}) => ({
    sequence: 1,
    cells: [],
    injects: [],
    rfis: [],
    ...changes,
    clock: {
        state: "running",
        now_ms: NOW,
        speed_permille: 1000,
        jump_ms: null,
        next: null,
        waits_for: [],
        wall_us: WALL_US,
        ...changes.clock,
    },
});
const scenario = (...cells) => ({
    ends_ms: 72 * 3600_000,
    cells: cells.map((each) => (typeof each === "string" ? { id: each, clearance: "amber" } : each)),
});
const ids = (all) => all.map((need) => need.cell?.id ?? need.rfi?.number ?? need.inject?.id ?? need.kind);

test("lost cells come first, longest lost first, then late answers, latest first", () => {
    const all = needs(
        state({
            cells: [
                cell("late-short", { overdue: 1, overdue_ms: NOW - 2 * MINUTE }),
                cell("late-long", { overdue: 3, overdue_ms: NOW - 9 * MINUTE }),
                cell("fine"),
                cell("lost-short", { connected: false, heard_us: WALL_US - 60e6 }),
                cell("lost-long", { connected: false, heard_us: WALL_US - 600e6, overdue: 1, overdue_ms: NOW - MINUTE }),
            ],
            rfis: [question(7, 40 * MINUTE)],
        }),
        WALL_US,
    );
    assert.deepEqual(ids(all), ["lost-long", "lost-short", "late-long", "late-short", 7]);
    assert.deepEqual(all.map((need) => need.forMs), [600_000, 60_000, 9 * MINUTE, 2 * MINUTE, 40 * MINUTE]);
});

test("a lost cell that owes an answer is one need, not two", () => {
    const all = needs(state({ cells: [cell("a", { connected: false, overdue: 2, overdue_ms: NOW - MINUTE })] }), WALL_US);
    assert.deepEqual(all.map((need) => need.kind), ["lost"]);
});

test("time that stands still is told before everything else", () => {
    const all = needs(state({ clock: { waits_for: ["a", "b"] }, cells: [cell("c", { connected: false })] }), WALL_US);
    assert.deepEqual(all[0], { kind: "stuck", cells: ["a", "b"] });
    assert.equal(all.length, 2);
});

test("questions and proposals are ranked by what runs out soonest", () => {
    const all = needs(
        state({
            rfis: [question(1, MINUTE), question(2, PATIENCE_MS - 2 * MINUTE), question(3, MINUTE, { answered_ms: NOW })],
            injects: [
                inject("soon", { state: "proposed", unattended: "pass", due_ms: NOW + MINUTE, proposed_ms: NOW }),
                inject("later", { state: "proposed", unattended: "pass", due_ms: NOW + 5 * MINUTE, proposed_ms: NOW }),
                inject("holds", { state: "proposed", unattended: "hold", proposed_ms: NOW - 12 * MINUTE }),
                inject("waits"),
            ],
        }),
        WALL_US,
    );
    assert.deepEqual(ids(all), ["soon", 2, "holds", "later", 1]);
    assert.equal(all[0].leftMs, MINUTE);
    assert.equal(all[2].leftMs, null);
});

test("a late answer names the inject that is owed for longest", () => {
    const owed = (id, by, awaited) =>
        inject(id, { state: "released", expected_by_ms: by, deliveries: [{ cell: "a", awaited }] });
    const [need] = needs(
        state({
            cells: [cell("a", { overdue: 2, overdue_ms: NOW - 20 * MINUTE })],
            injects: [
                owed("recent", NOW - MINUTE, true),
                owed("oldest", NOW - 20 * MINUTE, true),
                owed("done", NOW - 60 * MINUTE, false),
                owed("not-yet", NOW + MINUTE, true),
            ],
        }),
        WALL_US,
    );
    assert.equal(need.inject.id, "oldest");
});

test("a lost cell says how many of the next injects go there", () => {
    const [need] = needs(
        state({
            cells: [cell("a", { connected: false })],
            injects: [
                inject("one", { planned_ms: NOW + MINUTE }),
                inject("two", { planned_ms: NOW + PATIENCE_MS }),
                inject("far", { planned_ms: NOW + PATIENCE_MS + 1 }),
                inject("other", { planned_ms: NOW + MINUTE, to: ["b"] }),
                inject("gone", { planned_ms: NOW + MINUTE, state: "skipped" }),
            ],
        }),
        WALL_US,
    );
    assert.equal(need.injects, 2);
});

test("the strip has four tiles at most and counts the rest", () => {
    const many = needs(state({ rfis: [1, 2, 3, 4, 5, 6].map((number) => question(number, number * MINUTE)) }), WALL_US);
    assert.deepEqual([strip(many).tiles.length, strip(many).more], [4, 2]);
    assert.deepEqual(ids(strip(many).tiles), [6, 5, 4, 3]);
    assert.deepEqual(strip(many.slice(0, 4)).more, 0);
    assert.deepEqual(strip([]), { tiles: [], more: 0 });
});

test("nothing needs the director once the exercise has ended", () => {
    const gone = state({ clock: { state: "ended" }, cells: [cell("a", { connected: false })], rfis: [question(1, MINUTE)] });
    assert.deepEqual(needs(gone, WALL_US), []);
});

test("before the start a cell that never came is missing, not lost", () => {
    const absent = cell("b", { connected: false, joined: false, heard_us: null });
    const before = state({ clock: { state: "not_started" }, cells: [cell("a"), absent] });
    assert.equal(isLost(absent, before), false);
    assert.equal(isLost(absent, state()), true);
    assert.deepEqual(rollCall(scenario("a", "b"), before), { here: 1, missing: ["b"] });
});

test("the next 15 minutes hold what has its time in them, by time, and what is held", () => {
    const next = upcoming(
        state({
            injects: [
                inject("late-one", { planned_ms: NOW + 14 * MINUTE }),
                inject("at-the-edge", { planned_ms: NOW + 15 * MINUTE }),
                inject("first", { planned_ms: NOW + MINUTE }),
                inject("after", { planned_ms: NOW + 16 * MINUTE }),
                inject("long-after", { planned_ms: NOW + 90 * MINUTE }),
                inject("held", { state: "held", planned_ms: NOW - MINUTE }),
                inject("held-without", { state: "held" }),
                inject("sent", { state: "released", planned_ms: NOW + MINUTE }),
                inject("proposed", { state: "proposed", planned_ms: NOW + MINUTE }),
            ],
        }),
    );
    assert.deepEqual(ids(next.timed.map((one) => ({ inject: one }))), ["held", "first", "late-one", "at-the-edge", "held-without"]);
    assert.equal(next.then.id, "after");
});

test("an armed inject counts by time only while its condition holds", () => {
    const condition = (holds) => ({ text: "x", holds, today: "" });
    const next = upcoming(
        state({
            injects: [
                inject("holds", { state: "armed", condition: condition(true), due_ms: NOW + 5 * MINUTE }),
                inject("expires", { state: "armed", condition: condition(false), due_ms: NOW + 5 * MINUTE }),
                inject("conditional", { condition: condition(false) }),
                inject("by-hand"),
            ],
        }),
    );
    assert.deepEqual(next.timed.map((one) => one.id), ["holds"]);
    assert.deepEqual(next.conditional.map((one) => one.id), ["expires", "conditional"]);
    assert.deepEqual(next.idle.map((one) => one.id), ["by-hand"]);
});

test("an inject offers only what its state allows", () => {
    assert.deepEqual(actions(inject("a")), ["hold", "skip", "inject_now"]);
    assert.deepEqual(actions(inject("a", { state: "held" })), ["release", "skip"]);
    assert.deepEqual(actions(inject("a", { state: "proposed" })), ["approve", "veto"]);
    for (const over of ["released", "closed", "skipped", "cancelled", "superseded", "expired"]) {
        assert.deepEqual(actions(inject("a", { state: over })), []);
    }
});

test("a row without room for all receivers still shows the lost ones", () => {
    assert.deepEqual(receivers(["a", "b", "c", "d"], new Set(["d"]), 2), { shown: ["d", "a"], more: 2 });
    assert.deepEqual(receivers(["a", "b"], new Set(), 2), { shown: ["a", "b"], more: 0 });
});

test("a condition shows the value of today behind each of its terms", () => {
    const shown = (text, today) =>
        conditionParts({ text, today }).map((part) => (part.value ? `[${part.text}]` : part.text)).join("");
    assert.equal(shown("service(a) < 85% and time() > 3h", "service(a) = 100.0 %; time() = 2h"), "service(a)[100 %] < 85% and time()[2h] > 3h");
    assert.equal(shown("b() > 1 or a() > 1", "a() = 0; b() = 12.5 %"), "b()[12.5 %] > 1 or a()[0] > 1");
    assert.equal(shown("a() > 1", ""), "a() > 1");
    assert.equal(shown("a() > 1", "69 %"), "a() > 1[69 %]");
    assert.equal(shown("a() > 1", "c() = 2"), "a() > 1[c() = 2]");
});

test("proposals with least time come first; those that wait come last, oldest first", () => {
    const proposed = (id, changes) => inject(id, { state: "proposed", proposed_ms: NOW, ...changes });
    const all = proposals(
        state({
            injects: [
                proposed("waits-new", { unattended: "hold", proposed_ms: NOW - MINUTE }),
                proposed("nine", { unattended: "pass", due_ms: NOW + 9 * MINUTE }),
                proposed("waits-old", { unattended: null, proposed_ms: NOW - 9 * MINUTE }),
                proposed("three", { unattended: "pass", due_ms: NOW + 3 * MINUTE }),
                inject("planned", { planned_ms: NOW + MINUTE }),
            ],
        }),
        72 * 60 * MINUTE,
    );
    assert.deepEqual(all.map((one) => one.inject.id), ["three", "nine", "waits-old", "waits-new"]);
    assert.deepEqual(all.map((one) => one.leftMs), [3 * MINUTE, 9 * MINUTE, null, null]);
    assert.equal(all[0].delayToMs, NOW + DELAY_MS);
});

test("a delay never leads beyond the end of the exercise", () => {
    const [one] = proposals(state({ injects: [inject("a", { state: "proposed" })] }), NOW + MINUTE);
    assert.equal(one.delayToMs, NOW + MINUTE);
});

test("cells stand by urgency, and equal ones in the scenario's order", () => {
    const rows = cellRows(
        scenario("calm", "unread", "silent", "late", "later", "lost", "calm-too"),
        state({
            cells: [
                cell("calm"),
                cell("unread", { unread: 3 }),
                cell("silent", { silent_ms: SILENT_MS + 1 }),
                cell("late", { overdue: 1, overdue_ms: NOW - MINUTE }),
                cell("later", { overdue: 1, overdue_ms: NOW - 5 * MINUTE }),
                cell("lost", { connected: false, heard_us: WALL_US - 240e6 }),
                cell("calm-too"),
            ],
        }),
        WALL_US,
    );
    assert.deepEqual(rows.map((row) => row.facts.id), ["lost", "later", "late", "silent", "unread", "calm", "calm-too"]);
    assert.deepEqual(rows.map((row) => row.level), ["failed", "degraded", "degraded", "degraded", "degraded", "normal", "normal"]);
    assert.equal(rows[0].lostMs, 240_000);
});

test("only lost cells are in the set of lost cells", () => {
    assert.deepEqual([...lostCells(state({ cells: [cell("a"), cell("b", { connected: false })] }))], ["b"]);
});

const forecast = (changes = {}) => ({
    made_at_ms: NOW,
    edges_ms: [10, 20, 40, 60].map((minutes) => NOW + minutes * MINUTE),
    groups: [],
    headline: { country: 0, sector: 0, within_ms: 40 * MINUTE, chance_ppm: 670_000, before_ppm: null },
    ...changes,
});
const group = (country, sector, chance, down = false) => ({
    country,
    sector,
    down_now: down,
    by_ppm: [chance / 4, chance / 2, chance, chance],
});

test("the edge of a sentence is the first that is far enough, else the last", () => {
    assert.equal(edgeIndex(forecast(), 40 * MINUTE), 2);
    assert.equal(edgeIndex(forecast(), 41 * MINUTE), 3);
    assert.equal(edgeIndex(forecast(), 600 * MINUTE), 3);
    assert.equal(edgeIndex(forecast(), 0), 0);
});

test("a forecast is stale once the exercise has gone on by more than ten minutes", () => {
    assert.equal(isStale(forecast(), NOW + 10 * MINUTE), false);
    assert.equal(isStale(forecast(), NOW + 10 * MINUTE + 1), true);
});

test("the table is cut to the likeliest sectors and countries; what is down ranks below what is likely", () => {
    const grid = outlookGrid(
        forecast({
            groups: [group(0, 0, 670_000), group(1, 0, 100), group(1, 1, 0, true), group(2, 2, 300_000), group(0, 3, 0)],
        }),
        { countries: 3, sectors: 5 },
        2,
        { rows: 3, columns: 2 },
    );
    assert.deepEqual(grid.rows.map((row) => row.sector), [0, 1, 2]);
    assert.deepEqual(grid.countries, [0, 1]);
    assert.deepEqual(grid.rows[0].chances, [{ down: false, ppm: 670_000 }, { down: false, ppm: 100 }]);
    assert.deepEqual(grid.rows[1].chances, [null, { down: true, ppm: 0 }]);
    assert.equal(grid.left, 1);
    assert.equal(grid.atMs, NOW + 40 * MINUTE);
});

test("curves begin with that of the sentence and leave out what is down or sure to stand", () => {
    const curves = outlookCurves(
        forecast({
            groups: [group(1, 1, 900_000), group(0, 0, 670_000), group(2, 2, 0), group(3, 3, 1_000_000, true), group(4, 4, 500_000)],
        }),
        2,
        2,
    );
    assert.deepEqual(curves.map((curve) => curve.country), [0, 1]);
    assert.deepEqual(curves[0].points[0], { at_ms: NOW, ppm: 0 });
    assert.equal(curves[0].points.length, 5);
});

test("labels keep their distance and stay inside", () => {
    assert.deepEqual(spread([10, 11, 50], 15, 0, 100), [10, 25, 50]);
    assert.deepEqual(spread([99, 98], 15, 0, 100), [100, 85]);
    assert.deepEqual(spread([-5, 0], 15, 0, 100), [0, 15]);
});

test("a draft says what it lacks, in the order of the form", () => {
    const all = scenario("a", { id: "b", clearance: "green" });
    const { EMPTY_DRAFT, draftFaults, toggleReceiver, uncleared } = draft;
    assert.deepEqual(draftFaults(EMPTY_DRAFT, all), ["no_receiver", "no_title", "no_text"]);
    const chosen = toggleReceiver(toggleReceiver(EMPTY_DRAFT, "b", all), "a", all);
    assert.deepEqual(chosen.to, ["a", "b"]);
    assert.deepEqual(toggleReceiver(chosen, "b", all).to, ["a"]);
    assert.deepEqual(uncleared(chosen, all), ["b"]);
    assert.deepEqual(draftFaults({ ...chosen, title: "T", text: " " }, all), ["not_cleared", "no_text"]);
    assert.deepEqual(draftFaults({ ...chosen, tlp: "green", title: "T", text: "x" }, all), []);
    const long = "é".repeat(draft.TEXT_BYTES_MAX / 2);
    assert.deepEqual(draftFaults({ ...chosen, tlp: "green", title: "T", text: long }, all), []);
    assert.deepEqual(draftFaults({ ...chosen, tlp: "green", title: "T", text: `${long}!` }, all), ["too_long"]);
});

test("a page bears the strictest label of what it shows", () => {
    assert.equal(draft.strictest(["green", "amber_strict", "amber"]), "amber_strict");
    assert.equal(draft.strictest(["clear"]), "clear");
    assert.equal(draft.strictest([]), "clear");
});

test("a command carries what was filled in and nothing else", () => {
    const { EMPTY_DRAFT, draftCommand, draftFrom } = draft;
    const filled = { ...EMPTY_DRAFT, to: ["a"], title: " T ", text: "x\n", channel: " " };
    assert.deepEqual(draftCommand(filled), {
        do: "ad_hoc",
        to: ["a"],
        title: "T",
        text: "x",
        type: "information",
        tlp: "amber",
        acknowledge: false,
    });
    const source = inject("old", { type: "decision", from: "Someone", to: ["a", "b"] });
    const command = draftCommand(draftFrom(source, (text) => text.en));
    assert.equal(command.replaces, "old");
    assert.equal(command.type, "information");
    assert.equal(command.from, "Someone");
    assert.equal(command.channel, "mail");
});

test("a draft starts from what is not out yet, contingencies first", () => {
    const from = draft.draftSources([
        inject("plain"),
        inject("sent", { state: "released" }),
        inject("spare", { category: "contingency", state: "armed" }),
    ]);
    assert.deepEqual(from.map((one) => one.id), ["spare", "plain"]);
});

test("the main button starts, pauses and resumes, and is gone at the end", () => {
    const at = (name) => transport.mainButton(state({ clock: { state: name } }).clock);
    assert.deepEqual(["not_started", "running", "paused", "ended"].map(at), ["start", "pause", "resume", null]);
});

test("the present speed has a button, in its place", () => {
    const at = (speed_permille) => transport.speeds(state({ clock: { speed_permille } }).clock);
    assert.deepEqual(at(1000), [1000, 2000, 4000, 8000, 0]);
    assert.deepEqual(at(1440), [1000, 1440, 2000, 4000, 8000, 0]);
    assert.deepEqual(at(0), [1000, 2000, 4000, 8000, 0]);
});

test("a speed reads as people say it, and is understood as they type it", () => {
    assert.deepEqual([1000, 1440, 500, 60_000].map((speed) => transport.speedFactor(speed, ",")), ["1", "1,44", "0,5", "60"]);
    assert.deepEqual(["4", "1.5", "×2,25", " x 60 "].map(transport.parseSpeed), [4000, 1500, 2250, 60_000]);
    for (const wrong of ["", "0", "-1", "fast", "1.2345", "9999999", "1000001"]) {
        assert.equal(transport.parseSpeed(wrong), null, wrong);
    }
});

test("a time is understood with and without its day", () => {
    const hours = (count) => count * 3600_000;
    assert.equal(transport.parseTime("D+1 03:42"), hours(27) + 42 * MINUTE);
    assert.equal(transport.parseTime("27:42"), hours(27) + 42 * MINUTE);
    assert.equal(transport.parseTime(" d+0 00:00:05 "), 5_000);
    for (const wrong of ["", "3", "03:60", "D+1 27:42", "tomorrow", "3:42:"]) {
        assert.equal(transport.parseTime(wrong), null, wrong);
    }
});

test("no jump while one is under way, nor before the start or after the end", () => {
    const can = (clock) => transport.canJump(state({ clock }).clock);
    assert.equal(can({}), true);
    assert.equal(can({ state: "paused" }), true);
    assert.equal(can({ jump_ms: NOW }), false);
    assert.equal(can({ state: "not_started" }), false);
    assert.equal(can({ state: "ended" }), false);
});
