// SPDX-License-Identifier: Apache-2.0
// Proves, with a real coordinator, real robots and a browser, that the situation page follows an
// exercise, says why, works out what would be without a root, outlives the coordinator's death, and
// shows text that would be code as text.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, show } from "./support/browser.mjs";
import { Exercise, until } from "./support/exercise.mjs";

const HOUR = 3_600_000;
const HOSTILE = '<img src=x onerror="document.title=1">';

// The tutorial, in which somebody called a substation so.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "spillover-scenario-"));
const scenario = path.join(folder, "tutorial");
fs.cpSync(new URL("../../scenarios/tutorial", import.meta.url), scenario, { recursive: true });
const assets = path.join(scenario, "assets.csv");
fs.writeFileSync(assets, fs.readFileSync(assets, "utf8").replaceAll("Substation Ede", `"${HOSTILE.replaceAll('"', '""')}"`));

const exercise = new Exercise(scenario, ["nl-csirt", "nl-grid"]);
let browser;
before(async () => {
    browser = await openBrowser();
    await exercise.open();
});
after(async () => {
    await browser?.close();
    await exercise.close();
    fs.rmSync(folder, { recursive: true, force: true });
});

// The browser reports each connection that failed while the coordinator was away, and that there is no
// forecast yet; anything else is ours.
const unexpected = (fault) => !/ERR_CONNECTION|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|404/.test(fault);
const marks = (page) => page.$$eval(".asset[role=button]", (all) => all.map((mark) => [mark.id.slice("asset-".length), mark.classList[1]]));
const clock = (page) => page.$eval(".top time", (time) => time.innerText);

// What the page marks is what the coordinator says is not normal.
async function agree(page) {
    await until(async () => {
        const [facts, { assets: states }] = await Promise.all([exercise.facts(), exercise.state()]);
        const expected = states.filter(({ status }) => status !== "normal").map(({ index, status }) => [facts.assets[index].id, status]);
        return JSON.stringify((await marks(page)).sort()) === JSON.stringify(expected.sort());
    }, "the map shows what the coordinator says");
}

test("the situation page and a real exercise", async (t) => {
    const page = await browser.newPage();
    await show(page, exercise.page("/", "", "control"));

    await t.test("the token leaves the address", async () => {
        assert.equal(new URL(page.url()).hash, "");
        assert.ok(!(await page.evaluate(() => document.cookie + location.href)).includes(exercise.tokens.control));
    });

    await t.test("the map follows", async () => {
        assert.deepEqual(await marks(page), []);
        await exercise.playUntil(6 * HOUR);
        await until(async () => (await clock(page)) === "06:00:00", "the clock is there");
        await agree(page);
        assert.ok((await marks(page)).length > 2, String(await marks(page)));
    });

    await t.test("an observer sees no inject that was not released", async () => {
        const observer = await browser.newPage();
        await show(observer, exercise.page("/"));
        const { injects } = await exercise.state();
        const [sent, planned] = [injects.filter((one) => one.released_ms !== null), injects.filter((one) => one.released_ms === null)];
        assert.ok(sent.length > 0 && planned.length > 0);
        const text = await observer.$eval(".injects", (list) => list.innerText);
        assert.deepEqual(observer.faults.filter(unexpected), []);
        await observer.close();
        sent.forEach(({ title }) => assert.ok(text.includes(title.en), title.en));
        planned.forEach(({ id }) => assert.ok(!text.includes(id), id));
    });

    await t.test("an asset says why, and what would be without the root", async () => {
        const [[id]] = (await marks(page)).filter(([, status]) => status === "failed");
        await page.$eval(`#asset-${id}`, (mark) => mark.dispatchEvent(new MouseEvent("click", { bubbles: true })));
        await page.waitForSelector(".diagram .part-asset");
        const steps = await page.$$eval(".diagram .step", (rows) => rows.map((row) => row.innerText));
        assert.ok(steps.length >= 1);
        const roots = await page.$$(".but-for .choice button");
        assert.ok(roots.length >= 2, "a root can be taken out");
        await roots[1].click();
        await page.waitForSelector(".but-for-body", { timeout: 30_000 });
        await page.keyboard.press("Escape");
        await page.waitForSelector(".overview");
    });

    await t.test("hostile text is shown as text", async () => {
        await page.evaluate(() => [...document.querySelectorAll(".filters .choice button")].at(-1).click());
        await page.waitForSelector("table.assets");
        assert.ok((await page.$eval("table.assets", (table) => table.innerText)).includes(HOSTILE));
        assert.equal(await page.$("#page img"), null);
        await page.evaluate(() => document.querySelector(".filters .choice button").click());
        await page.waitForSelector(".map");
    });

    await t.test("the coordinator dies and comes back, and the page follows on", async () => {
        await exercise.kill();
        await page.waitForSelector(".lost-bar");
        await exercise.openCoordinator();
        await page.waitForSelector(".lost-bar", { hidden: true, timeout: 30_000 });
        await exercise.playUntil(9 * HOUR);
        await until(async () => (await clock(page)) === "09:00:00", "the clock goes on");
        await agree(page);
    });

    assert.deepEqual(page.faults.filter(unexpected), []);
});
