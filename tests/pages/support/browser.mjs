// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium without a window, and what tests ask of a page in it.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { require } from "./parts.mjs";

const puppeteer = require("puppeteer-core");

export async function openBrowser() {
    const profile = fs.mkdtempSync(path.join(os.tmpdir(), "spillover-pages-"));
    const browser = await puppeteer.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        headless: true,
        userDataDir: profile,
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"],
    });
    return {
        newPage: (size) => openPage(browser, size),
        close: async () => {
            await browser.close();
            fs.rmSync(profile, { recursive: true, force: true });
        },
    };
}

// A page of a big screen unless told otherwise; what goes wrong in it lands in page.faults.
async function openPage(browser, size = { width: 1920, height: 1080 }) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport(size);
    page.faults = [];
    page.on("pageerror", (error) => page.faults.push(String(error.message)));
    page.on("console", (line) => line.type() === "error" && page.faults.push(line.text()));
    return page;
}

// Loads a page and waits until its words, letters and map are there.
export async function show(page, address) {
    await page.goto(address, { waitUntil: "load" });
    await page.waitForSelector("[data-ready]", { timeout: 15_000 });
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}
