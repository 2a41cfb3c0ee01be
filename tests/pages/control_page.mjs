// SPDX-License-Identifier: Apache-2.0
// Proves, in a browser, that the director's page fits, can be used by everybody, shows hostile text as
// text, and sends what its buttons say; and that what is refused is told in words.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { beforeStart, crowded, forecast, HOSTILE, hostile, NOW, quiet, scenario } from "./control_sample.mjs";
import { openBrowser, show } from "./support/browser.mjs";
import { overflows, smallTargets, violations } from "./support/checks.mjs";
import { PAGES } from "./support/parts.mjs";
import { serve } from "./support/serve.mjs";

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

// Opens the page over a coordinator that says `said`; everything is closed again after the test.
async function open(t, said, { theme = "dark", lang = "en", size } = {}) {
    const server = await serve(`${PAGES}dist`, { scenario: scenario(), forecast: forecast(), ...said });
    const page = await browser.newPage(size);
    t.after(async () => {
        await page.close();
        await server.close();
    });
    await show(page, `${server.url}/control?theme=${theme}&lang=${lang}`);
    await page.waitForSelector(".control");
    return { server, page };
}

const commands = (server) => server.asked.filter((one) => one.path === "/api/v1/control").map((one) => JSON.parse(one.body));
const textOf = (page, selector) => page.$eval(selector, (element) => element.innerText);

// Waits until what `read` gives is as it should be; fails with what it was at last.
async function becomes(read, expected) {
    const deadline = Date.now() + 5_000;
    for (;;) {
        const now = await read();
        try {
            assert.deepEqual(now, expected);
            return;
        } catch (fault) {
            if (Date.now() > deadline) {
                throw fault;
            }
            await new Promise((soon) => setTimeout(soon, 20));
        }
    }
}

async function press(page, label, within = "body") {
    const found = await page.waitForFunction(
        (words, around) =>
            [...document.querySelectorAll(`${around} button, ${around} a.button`)].find(
                (button) => (button.getAttribute("aria-label") ?? button.innerText).trim() === words && !button.disabled,
            ),
        { timeout: 5_000 },
        label,
        within,
    );
    await found.click();
}

for (const [name, state] of Object.entries({ crowded: crowded(), quiet: quiet(), "before the start": beforeStart() })) {
    for (const [theme, lang] of [["dark", "en"], ["light", "nl"]]) {
        test(`${name}, ${theme}, ${lang}: nothing overflows, axe finds nothing, targets are large enough`, async (t) => {
            const { page } = await open(t, { state }, { theme, lang });
            assert.deepEqual(await overflows(page), []);
            assert.deepEqual(await violations(page), []);
            assert.deepEqual(await smallTargets(page), []);
            assert.deepEqual(page.faults, []);
        });
    }
}

test("crowded, on a laptop: nothing overflows and every panel can be reached", async (t) => {
    const { page } = await open(t, { state: crowded() }, { theme: "light", lang: "nl", size: { width: 1366, height: 768 } });
    assert.deepEqual(await overflows(page), []);
    assert.deepEqual(await smallTargets(page), []);
    for (const panel of ["now", "next", "quick", "decide", "questions", "cells", "outlook"]) {
        const height = await page.$eval(`.${panel}`, (element) => {
            element.scrollIntoView();
            const box = element.getBoundingClientRect();
            return Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
        });
        assert.ok(height > 100, `${panel} shows ${height} pixels`);
    }
});

test("hostile text is shown as text, and runs nothing", async (t) => {
    const { page } = await open(t, { state: hostile() });
    assert.ok((await textOf(page, ".next")).includes(HOSTILE));
    assert.ok((await textOf(page, ".questions")).includes(HOSTILE));
    await press(page, "Edit");
    assert.equal(await page.$eval("#edit-title", (input) => input.value), HOSTILE);
    assert.equal(await page.$$eval("img, main script, dialog script", (all) => all.length), 0);
    assert.notEqual(await page.title(), "taken");
    assert.deepEqual(await overflows(page), []);
    assert.deepEqual(page.faults, []);
});

test("hostile words of the log are text too", async (t) => {
    const state = { ...hostile(), injects: [] };
    const { page } = await open(t, { state });
    assert.ok((await textOf(page, ".latest")).includes(HOSTILE));
    assert.equal(await page.$$eval("img", (all) => all.length), 0);
    assert.deepEqual(await overflows(page), []);
});

test("the strip shows the four most urgent, the rest as a number, and one filled button", async (t) => {
    const { page } = await open(t, { state: crowded() });
    const titles = await page.$$eval(".tile h2", (all) => all.map((one) => one.innerText));
    assert.deepEqual(titles, ["Call nl-port: off line", "nl-bank owes an answer", "Answer fr-sat, RFI-11", "Decide on 560-diesel"]);
    assert.equal(await textOf(page, ".tile:last-child .rest"), "and 7 more");
    assert.equal(await page.$$eval(".now .filled", (all) => all.length), 1);
    assert.equal(await page.$eval(".now a", (link) => link.getAttribute("href")), "tel:2222");
});

test("when nothing needs the director one grey line says so; before the start it calls the roll", async (t) => {
    const calm = await open(t, { state: quiet() });
    assert.equal(await textOf(calm.page, ".now"), "Nothing needs you.");
    const before = await open(t, { state: beforeStart() });
    assert.equal(await textOf(before.page, ".now"), "14 of 16 cells are here. Missing: nl-grid, nl-bank");
});

test("a cell that is lost turns red everywhere without a reload", async (t) => {
    const state = quiet();
    const { server, page } = await open(t, { state });
    assert.equal(await page.$$eval(".lost", (all) => all.length), 0);
    const lost = { ...state.cells.find((one) => one.id === "fr-sat"), connected: false };
    server.push({ sequence: 1_001, cells: [lost] });
    await becomes(() => page.$$eval(".tile h2", (all) => all.map((one) => one.innerText)), ["Call fr-sat: off line"]);
    assert.ok((await page.$$eval(".next .chip.lost", (all) => all.map((one) => one.innerText))).includes("fr-sat"));
    assert.equal(await page.$eval(".receivers .lost", (button) => button.innerText.split("\n")[0].trim().slice(0, 6)), "fr-sat");
    assert.equal(await page.$eval(".cells tbody tr:first-child b", (cell) => cell.innerText), "fr-sat");
});

test("each button of a proposal sends its command", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    await press(page, "Approve", ".proposal:nth-child(1)");
    await press(page, "Delay 10 min", ".proposal:nth-child(2)");
    await press(page, "Veto", ".proposal:nth-child(3)");
    const until_ms = NOW + 10 * 60_000;
    await becomes(() => commands(server).map((one) => [one.do, one.inject, one.until_ms >= until_ms]), [
        ["approve", "560-diesel", false],
        ["delay", "470-voices", true],
        ["veto", "575-colocation", false],
    ]);
    await becomes(() => page.$$eval(".notice p", (all) => all.map((one) => one.innerText)), [
        "Vetoed: Data centres at Schiphol-Rijk go dark",
    ]);
});

test("a click meant for what stood there a moment ago is not taken", async (t) => {
    const state = crowded();
    const { server, page } = await open(t, { state });
    const urgent = { ...state.injects.find((one) => one.id === "575-colocation"), unattended: "pass", due_ms: NOW + 30_000 };
    await page.evaluate(() => {
        // As soon as another proposal stands first, a pointer that was on its way presses.
        const list = document.querySelector(".decide ul");
        new MutationObserver((_, watch) => {
            const button = list.querySelector("li .buttons button");
            if (button.id === "proposal-575-colocation") {
                watch.disconnect();
                button.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1 }));
                document.body.dataset.pressed = "yes";
            }
        }).observe(list, { childList: true, subtree: true, attributes: true });
    });
    server.push({ sequence: 1_001, injects: [urgent] });
    await page.waitForSelector("[data-pressed]");
    assert.deepEqual(commands(server), []);
    await becomes(async () => {
        await page.click("#proposal-575-colocation");
        return commands(server).map((one) => one.inject).slice(0, 1);
    }, ["575-colocation"]);
});

test("what just happened shows while proposals leave room, newest first", async (t) => {
    const { page } = await open(t, { state: quiet() });
    const lines = await page.$$eval(".latest li span", (all) => all.map((one) => one.innerText));
    assert.deepEqual(lines, ["National CSIRT (NL) acknowledged it", "“A time bomb set for 13:00” is sent"]);
    const busy = await open(t, { state: crowded() });
    assert.equal(await busy.page.$(".latest"), null);
});

test("what is refused is told in words, in the page's language, until it is closed", async (t) => {
    const words = { en: "inject 560-diesel is released", nl: "inject 560-diesel is al verstuurd" };
    const answer = () => ({ ok: false, sequence: 9, refusal: "wrong_state", words });
    const { page } = await open(t, { state: crowded(), answer }, { lang: "nl" });
    await press(page, "Goedkeuren", ".proposal:nth-child(1)");
    await page.waitForSelector('[role="alert"].refused');
    assert.equal(await textOf(page, ".notice p"), "Geweigerd: inject 560-diesel is al verstuurd");
    await press(page, "Sluiten", ".notice");
    await becomes(() => page.$$eval(".notice p", (all) => all.length), 0);
});

test("a filled button can be read while the pointer is on it", async (t) => {
    for (const theme of ["dark", "light"]) {
        const { page } = await open(t, { state: crowded() }, { theme });
        for (const button of [".transport .filled", ".now .filled", '.quick .how [aria-pressed="true"]']) {
            await page.hover(button);
            assert.deepEqual(await violations(page), [], button);
        }
    }
});

test("the clock is paused, sped up and made to jump", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    await press(page, "Pause");
    await press(page, "×4");
    await page.click(".jump");
    await becomes(() => commands(server), [{ do: "pause" }, { do: "speed", speed_permille: 4_000 }, { do: "jump" }]);
    assert.match(await textOf(page, ".jump"), /Jump to 03:44\s+“The mouse moves by itself”/);
});

test("a question is answered by keyboard alone, and the focus comes back", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    await page.focus(".questions tbody tr:nth-child(2) button");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open] textarea:focus");
    assert.deepEqual(await violations(page), []);
    await page.keyboard.type("Yes.");
    await page.keyboard.down("Control");
    await page.keyboard.press("Enter");
    await page.keyboard.up("Control");
    await becomes(() => commands(server), [{ do: "rfi_answer", number: 12, text: "Yes." }]);
    await page.waitForFunction(() => !document.querySelector("dialog"));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Answer nl-port, RFI-12");
});

test("Escape closes a dialog and sends nothing", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    await press(page, "Remind");
    await page.waitForSelector("dialog[open] textarea:focus");
    assert.match(await page.$eval("#message-text", (text) => text.value), /Brussels is down/);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog"));
    assert.deepEqual(commands(server), []);
});

test("a cell's dialog says what it owes; a proposal's dialog shows all of its text", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    await page.click("#cell-nl-bank");
    await page.waitForSelector("dialog .owed");
    assert.match(await textOf(page, "dialog .owed"), /Brussels is down: half of all card payments\s+6 min late/);
    await page.keyboard.press("Escape");
    await page.click(".proposal:nth-child(1) h3 button");
    await page.waitForSelector("dialog p.text");
    assert.match(await textOf(page, "dialog p.text"), /before which hour of this night\.$/);
    assert.deepEqual(await violations(page), []);
    await press(page, "Approve", "dialog");
    await becomes(() => commands(server), [{ do: "approve", inject: "560-diesel" }]);
});

test("an edited proposal is saved before it is approved; a refusal keeps the dialog open", async (t) => {
    let refuse = true;
    const answer = () => (refuse ? { ok: false, sequence: 1, refusal: "full", words: { en: "there is no room" } } : undefined);
    const { server, page } = await open(t, { state: crowded(), answer });
    await press(page, "Edit", ".proposal:nth-child(1)");
    await page.waitForSelector("#edit-title:focus");
    await page.keyboard.press("End");
    await page.keyboard.type(" Now?");
    await press(page, "Approve", "dialog");
    await page.waitForSelector("dialog .notice.refused");
    refuse = false;
    await press(page, "Approve", "dialog");
    await page.waitForFunction(() => !document.querySelector("dialog"));
    const title = "How long does our diesel last? Now?";
    assert.deepEqual(commands(server).map(({ do: what, inject, title: to }) => [what, inject, to]), [
        ["edit", "560-diesel", title],
        ["edit", "560-diesel", title],
        ["approve", "560-diesel", undefined],
    ]);
});

test("quick inject goes to the cells chosen, outlives a change of language and a reload, and is empty when sent", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    assert.equal(await page.$eval(".quick [type=submit]", (button) => button.disabled), true);
    assert.equal(await page.$eval(".receivers button:last-child", (media) => media.disabled), true);
    await page.click(".receivers button:nth-child(1)");
    await page.click(".receivers button:nth-child(3)");
    await page.type("#quick-title", "Two tank trucks");
    await page.type("#quick-text", "They can be here by 04:10. Who signs?");
    await page.select(".quick .how select", "task");
    await press(page, "NL: Nederlands");
    await page.waitForFunction(() => document.documentElement.lang === "nl");
    await page.reload({ waitUntil: "load" });
    await page.waitForSelector("#quick-title");
    assert.equal(await page.$eval("#quick-title", (input) => input.value), "Two tank trucks");
    await press(page, "Send now to 2 cells"); // The address asks for English again.
    await becomes(() => commands(server), [
        {
            do: "ad_hoc",
            to: ["nl-crisis", "nl-csirt"],
            title: "Two tank trucks",
            text: "They can be here by 04:10. Who signs?",
            type: "task",
            tlp: "amber",
            acknowledge: false,
        },
    ]);
    await becomes(() => page.$eval("#quick-title", (input) => input.value), "");
});

test("only what cannot be undone asks once more", async (t) => {
    const { server, page } = await open(t, { state: crowded() });
    await press(page, "Clock, message, end");
    await press(page, "End the exercise …", "dialog");
    await page.waitForFunction(() => document.activeElement.innerText === "No, go back");
    assert.deepEqual(commands(server), []);
    await press(page, "End the exercise", "dialog");
    await becomes(() => commands(server), [{ do: "end" }]);
    await page.waitForFunction(() => !document.querySelector("dialog"));
    await page.click(".next .inject:first-child .plain");
    await press(page, "Cancel it …", "dialog");
    assert.equal(commands(server).length, 1);
    await press(page, "Cancel it", "dialog");
    await becomes(() => commands(server).at(-1), { do: "cancel", inject: "520-mouse" });
});

test("the forecast says its sentence, its age and its table, and shows all of it on demand", async (t) => {
    const { page } = await open(t, { state: crowded() });
    assert.equal(
        await textOf(page, ".outlook .sentence"),
        "66 % that telecom in Netherlands fails within 40 min was 61 % before",
    );
    assert.match(await textOf(page, ".outlook .head"), /1.000 replicas, [2-9] s ago/);
    const shown = await page.$$eval(".outlook tbody tr", (all) => all.length);
    await press(page, "All sectors");
    await page.waitForSelector("dialog[open] table");
    const all = await page.$$eval("dialog tbody tr", (rows) => rows.length);
    assert.ok(shown === 7 && all === 9, `${shown} and ${all} rows`);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(await overflows(page), []);
});

test("a forecast that the exercise has left behind says so, and a new one can be asked for", async (t) => {
    const state = crowded();
    state.clock.now_ms += 3 * 3600_000;
    const { server, page } = await open(t, { state });
    assert.equal(await textOf(page, ".outlook h2"), "Forecast from 03:42");
    await press(page, "Forecast from now", ".outlook");
    await becomes(() => server.asked.map((one) => one.path), ["/api/v1/forecast"]);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(await overflows(page), []);
});

test("on paper nothing is left that only a screen can do", async (t) => {
    const { page } = await open(t, { state: crowded() });
    await page.emulateMediaType("print");
    assert.equal(await page.$$eval(".control button", (all) => all.filter((one) => one.className !== "plain" && one.getClientRects().length > 0).length), 0);
    const sheet = await page.pdf({ preferCSSPageSize: true });
    assert.equal(Buffer.from(sheet.subarray(0, 5)).toString("latin1"), "%PDF-");
    assert.equal(Buffer.from(sheet).toString("latin1").match(/\/Type \/Page\b/g)?.length, 1);
});
