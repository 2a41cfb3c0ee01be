// SPDX-License-Identifier: Apache-2.0
// Takes the pictures of README.md: the flagship, played by robots to its second day, as pages show it.
// Usage: pictures.mjs FOLDER. All of it is what the program worked out; a picture changes when it does.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser, show } from "./support/browser.mjs";
import { Exercise, until } from "./support/exercise.mjs";

const HOUR = 3_600_000;
const AT_MS = 27 * HOUR + 42 * 60_000;
const SCENARIO = fileURLToPath(new URL("../../scenarios/amber-tide", import.meta.url));

const folder = process.argv[2];
const CELLS = ["nl-crisis", "nl-economy", "nl-csirt", "nl-port", "nl-telecom", "nl-grid", "nl-bank", "be-crisis", "de-csirt", "de-grid", "ro-csirt", "ro-grid", "fr-sat", "eu-network", "nato-cell", "media"];

// The asset whose story is the longest: what a chain of dependencies looks like.
async function deepest(exercise) {
    const [{ assets: facts }, { assets: states }] = [await exercise.facts(), await exercise.state()];
    let best = { length: 0 };
    for (const { index, status } of states.filter((one) => one.status !== "normal" && one.status !== "restoring")) {
        const { chain, took_down_count } = await exercise.why(facts[index].id);
        const length = 3 * chain.length + Math.min(took_down_count, 4);
        best = length > best.length ? { length, id: facts[index].id, status } : best;
    }
    return best.id;
}

const exercise = new Exercise(SCENARIO, CELLS);
const browser = await openBrowser();
try {
    await exercise.open();
    await exercise.playUntil(AT_MS);
    await exercise.askForecast();
    const asset = await deepest(exercise);
    const page = await browser.newPage();
    await show(page, exercise.page("/", "theme=dark&lang=en", "control"));
    await until(() => page.evaluate(() => document.querySelector(".top time")?.innerText !== "00:00:00"), "the page is there");
    const take = async (name, query, selector) => {
        await show(page, `${exercise.url}/?theme=dark&lang=en${query}`);
        await page.waitForSelector(selector, { timeout: 60_000 });
        await page.screenshot({ path: path.join(folder, `${name}.webp`), type: "webp", quality: 85 });
        console.log(path.join(folder, `${name}.webp`));
    };
    await take("situation", "", ".map .asset");
    await take("why", `&asset=${asset}`, ".diagram");
    const [, root] = await page.$$(".but-for .choice button");
    await root.click();
    await page.waitForSelector(".but-for-body", { timeout: 120_000 });
    await page.mouse.move(0, 0);
    await page.screenshot({ path: path.join(folder, "why.webp"), type: "webp", quality: 85 });
    await take("matrix", "&view=matrix", ".charts");
} finally {
    await browser.close();
    await exercise.close();
}
