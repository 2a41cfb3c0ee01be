// SPDX-License-Identifier: Apache-2.0
// Proves, in a browser, that the situation page fits in every view and language, that everybody can use
// it, that it follows what the coordinator says, and that it shows no more than its ceiling allows.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import * as sample from "./situation_sample.mjs";
import { openBrowser, show } from "./support/browser.mjs";
import { overflows, smallTargets, violations } from "./support/checks.mjs";
import { PAGES } from "./support/parts.mjs";
import { serve } from "./support/serve.mjs";

const FIRST_LOAD_BYTES = 150_000;
const VIEWS = {
    map: "",
    table: "view=table",
    why: `asset=${sample.told}&root=campaign:wiper`,
    matrix: "view=matrix",
    "forecast matrix": "view=matrix&sum=forecast",
    "filtered map": "country=nl&sector=telecom&span=hours&tlp=green",
};

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

// Opens the page over a coordinator that says `said`; everything is closed again after the test.
async function open(t, { query = "", theme = "dark", lang = "en", size, ...said } = {}) {
    const server = await serve(`${PAGES}dist`, { ...sample, ...said });
    const page = await browser.newPage(size);
    t.after(async () => {
        await page.close();
        await server.close();
    });
    await show(page, `${server.url}/?theme=${theme}&lang=${lang}&${query}`);
    if (query.startsWith("asset=")) {
        await page.waitForSelector(".diagram");
        await page.waitForSelector(".but-for-body");
    }
    return { server, page };
}

const delta = (changes) => ({ sequence: sample.state.sequence + 1, ...changes });
const has = (page, words) => page.evaluate((text) => document.body.innerText.includes(text), words);
const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");

for (const [name, query] of Object.entries(VIEWS)) {
    for (const [lang, theme] of [["en", "dark"], ["nl", "light"]]) {
        test(`nothing overflows and axe finds nothing: ${name}, ${lang}, ${theme}`, async (t) => {
            const { page } = await open(t, { query, lang, theme });
            assert.deepEqual(await overflows(page), []);
            assert.deepEqual(await smallTargets(page), []);
            assert.deepEqual(await violations(page), []);
            assert.deepEqual(page.faults, []);
        });
    }
}

test("keys alone reach an asset, say why, and come back", async (t) => {
    const { page } = await open(t);
    const urgent = await page.$$eval(".asset[role=button]", (marks) => marks.length);
    assert.ok(urgent > 40, `${urgent} marks`);
    assert.equal(await page.$$eval(".asset[tabindex='0']", (marks) => marks.length), 1, "one stop for Tab");
    await page.$eval(".asset[tabindex='0']", (mark) => mark.focus());
    const first = await focused(page);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    const second = await focused(page);
    assert.notEqual(second, first);
    await page.keyboard.press("Home");
    assert.equal(await focused(page), first);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".why-panel");
    assert.ok(page.url().includes(`asset=${first.slice("asset-".length)}`), page.url());
    await page.keyboard.press("Escape");
    await page.waitForSelector(".overview");
    await page.waitForFunction((id) => document.activeElement?.id === id, { timeout: 5_000 }, first);
});

test("the page follows the stream: states, clock, a new inject, alarms", async (t) => {
    const { server, page } = await open(t);
    const index = sample.state.assets.findIndex(({ status }) => status === "normal");
    const { id, name } = sample.scenario.assets[index];
    assert.equal(await page.$(`#asset-${id}`), null);
    const released = { ...sample.state.injects.find((one) => one.released_ms === null), released_ms: sample.state.clock.now_ms, state: "released", title: { en: "A new thing", nl: "Iets nieuws" } };
    server.push(delta({
        assets: [{ ...sample.state.assets[index], status: "failed", service_ppm: 0, since_ms: sample.state.clock.now_ms }],
        clock: { ...sample.state.clock, now_ms: sample.state.clock.now_ms + 3_600_000 },
        injects: [released],
        alarms: [{ part: "disk", level: "bad", words: { en: "The disk is full", nl: "De schijf is vol" }, cell: null }],
    }));
    await page.waitForSelector(`#asset-${id}.failed`);
    assert.equal(await page.$eval(`#asset-${id}`, (mark) => mark.getAttribute("aria-label")), `${name.en}, failed`);
    assert.equal(await page.$eval(".top time", (time) => time.innerText), "04:42:00");
    assert.ok(await has(page, "The disk is full"));
    await page.waitForFunction(() => document.querySelector("[aria-live=polite]:not(.panel)").innerText.includes("A new thing"));
});

test("above its ceiling the page shows an id and a time only", async (t) => {
    const { page } = await open(t, { query: "tlp=green" });
    const above = sample.state.injects.filter((one) => one.released_ms !== null && one.tlp !== "green" && one.tlp !== "clear");
    assert.ok(above.length > 5);
    const html = await page.content();
    for (const one of above) {
        assert.ok(html.includes(one.id), one.id);
        assert.ok(!html.includes(one.title.en), one.title.en);
    }
    assert.deepEqual(await page.$$eval(".top .tlp, .bottom .tlp", (chips) => chips.map((chip) => chip.innerText)), ["TLP:GREEN", "TLP:GREEN"]);
});

test("hostile text is shown as text", async (t) => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const both = { en: hostile, nl: hostile };
    const scenario = { ...sample.scenario, title: both, assets: sample.scenario.assets.map((asset) => ({ ...asset, name: both, place: hostile })) };
    const state = { ...sample.state, injects: sample.state.injects.map((one) => ({ ...one, title: both })), roots: sample.state.roots.map((root) => ({ ...root, name: both })) };
    const { page } = await open(t, { scenario, state, query: "view=table" });
    assert.ok(await has(page, hostile));
    assert.equal(await page.$("#page img"), null);
    assert.ok((await page.title()).includes(hostile));
});

test("a server that comes back is found, and the page says so until then", async (t) => {
    const { server, page } = await open(t);
    await server.cut();
    await page.waitForSelector(".lost-bar");
    assert.ok(await has(page, "Connection lost"));
    await server.mend();
    await page.waitForSelector(".lost-bar", { hidden: true, timeout: 20_000 });
});

test("it prints on one A3 sheet", async (t) => {
    const { page } = await open(t);
    const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
    assert.equal([...pdf.matchAll(/\/Type\s*\/Page\b/g)].length, 1);
    const [, width, height] = /\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf);
    assert.ok(Math.abs(width - 1190.6) < 2 && Math.abs(height - 841.9) < 2, `${width} x ${height} points`);
});

test("the first load is below 150 kB", async (t) => {
    const { page } = await open(t);
    const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
    const files = ["/index.html", ...new Set(loaded.filter((name) => !name.startsWith("/api/")))];
    assert.ok(files.some((name) => name.startsWith("/map/")) && files.some((name) => name.startsWith("/font/")), files.join());
    const bytes = files.map((name) => zlib.gzipSync(fs.readFileSync(path.join(PAGES, "dist", name)), { level: 9 }).length);
    const sum = bytes.reduce((all, one) => all + one, 0);
    assert.ok(sum < FIRST_LOAD_BYTES, `${sum} bytes: ${files.map((name, place) => `${name} ${bytes[place]}`).join(", ")}`);
});

test("above 2 000 assets the map draws the crowd and keeps the most urgent as elements", async (t) => {
    const { page } = await open(t, sample.crowd(5_000));
    await page.waitForSelector("canvas.crowd");
    const marks = await page.$$eval(".asset[role=button]", (all) => all.length);
    assert.ok(marks > 100 && marks <= 300, `${marks} marks`);
    assert.ok((await page.$$eval("*", (all) => all.length)) < 4_000);
    const drawn = await page.$eval("canvas.crowd", (sheet) => sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height).data.some((value) => value !== 0));
    assert.ok(drawn);
    assert.deepEqual(page.faults, []);
});
