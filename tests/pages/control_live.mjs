// SPDX-License-Identifier: Apache-2.0
// Proves that the director runs a real exercise from the page: a real coordinator, a real node for each
// cell, the tutorial's scenario. Roll call, start, pause, a jump, a proposal, a refusal, an inject, a
// node that is lost, the end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openBrowser, show } from "./support/browser.mjs";
import { overflows, violations } from "./support/checks.mjs";
import { coordinate } from "./support/live.mjs";

const TUTORIAL = fileURLToPath(new URL("../../scenarios/tutorial", import.meta.url));
const CELLS = ["nl-csirt", "nl-grid"];
const DEADLINE = { timeout: 60_000 };

let browser;
let exercise;
before(async () => {
    browser = await openBrowser();
    exercise = await coordinate(TUTORIAL, CELLS);
});
after(async () => {
    await exercise?.close();
    await browser.close();
});

// Waits until what stands in `selector` matches.
const says = (page, selector, pattern) =>
    page.waitForFunction(
        (at, source) => new RegExp(source).test([...document.querySelectorAll(at)].map((one) => one.innerText).join("\n")),
        DEADLINE,
        selector,
        pattern.source,
    );

async function press(page, label, within = "body") {
    const button = await page.waitForFunction(
        (words, around) =>
            [...document.querySelectorAll(`${around} button`)].find((one) => one.innerText.trim().split("\n")[0] === words && !one.disabled),
        DEADLINE,
        label,
        within,
    );
    await button.click();
}

async function type(page, selector, text) {
    await page.click(selector, { count: 3 });
    await page.type(selector, text);
}

async function startAndPause(page) {
    await says(page, ".now", /2 of 2 cells are here\. Ready to start\./);
    await press(page, "Start");
    await says(page, ".clock", /×1 running/);
    await says(page, ".latest", /1-welcome/);
    await press(page, "Pause");
    await says(page, ".clock", /paused/);
    await press(page, "Resume");
    await says(page, ".clock", /×1 running/);
}

async function jumpTo(page, time) {
    await page.click(".more");
    await type(page, "#clock-jump", time);
    await press(page, "Jump", "dialog");
}

const noDialog = (page) => page.waitForFunction(() => !document.querySelector("dialog"), DEADLINE);

// The blackout comes at four hours; five minutes later the model proposes to tell the operator.
async function approveProposal(page) {
    await jumpTo(page, "04:06");
    await noDialog(page);
    await says(page, ".proposal", /Large outage in the region/);
    await says(page, ".proposal", /passes by itself in [0-4]:\d\d/);
    assert.deepEqual(await overflows(page), []);
    assert.deepEqual(await violations(page), []);
    await press(page, "Approve", ".proposal");
    await says(page, ".notice", /Sent: Large outage in the region/);
    await page.waitForFunction(() => !document.querySelector(".proposal"), DEADLINE);
}

async function beRefused(page) {
    await jumpTo(page, "00:10");
    await says(page, "dialog .notice.refused", /^Refused: .+/);
    await page.keyboard.press("Escape");
    await noDialog(page);
}

async function sendInject(page) {
    await page.evaluate(() => [...document.querySelectorAll(".receivers button")].find((one) => one.innerText.includes("nl-grid")).click());
    await type(page, "#quick-title", "Two tank trucks at the gate");
    await type(page, "#quick-text", "They can be at the station by four. Who signs?");
    await press(page, "Send now to 1 cell");
    await says(page, ".notice", /Sent to nl-grid: Two tank trucks at the gate/);
    await says(page, ".latest", /ad-hoc-1/);
}

// A node that falls silent takes the hub's patience to be missed.
async function loseNode(page) {
    exercise.lose("nl-grid");
    await says(page, ".tile.failed", /nl-grid is off line\s+Regional grid operator\. Last heard at/);
    await says(page, ".receivers .lost", /nl-grid/);
    await says(page, ".cells .hot", /nl-grid.*\s+.*lost/);
}

async function end(page) {
    await page.click(".more");
    await press(page, "End the exercise …", "dialog");
    await press(page, "End the exercise", "dialog");
    await says(page, ".clock", /ended/);
    await says(page, ".now", /The exercise has ended\./);
}

test("the director runs an exercise from roll call to end", async () => {
    const page = await browser.newPage();
    await show(page, `${exercise.web}/control?lang=en&theme=dark#token=${exercise.tokens.control}`);
    assert.ok(!page.url().includes(exercise.tokens.control), "the token leaves the address");
    await startAndPause(page);
    await approveProposal(page);
    await beRefused(page);
    await sendInject(page);
    await loseNode(page);
    await end(page);
    // No forecast yet is a 404, and a refusal a 409.
    assert.deepEqual(page.faults.filter((fault) => !/409|404/.test(fault)), []);
});

test("who has no token, or one that only looks on, does not get to control", async () => {
    const stranger = await browser.newPage();
    await stranger.goto(`${exercise.web}/control?lang=en`);
    await says(stranger, "h1", /This address does not let you in/);
    const observer = await browser.newPage();
    await observer.goto(`${exercise.web}/control?lang=en#token=${exercise.tokens.observer}`);
    await says(observer, "main", /This link may look on, and no more/);
    const status = await observer.evaluate(() =>
        fetch("/api/v1/control", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"do":"pause"}' }).then((answer) => answer.status),
    );
    assert.equal(status, 403);
});
