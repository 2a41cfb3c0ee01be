// SPDX-License-Identifier: Apache-2.0
// What holds for every page: nothing overflows, nothing that axe finds, targets large enough.
import fs from "node:fs";
import { require } from "./parts.mjs";

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// Elements whose content is wider or higher than they are, and that neither scroll nor say so with
// an ellipsis; words of a drawing that stick out of it. One line each; empty: none.
export function overflows(page) {
    return page.evaluate(() => {
        const found = [];
        const tell = (element, what) => found.push(`${element.tagName}.${element.getAttribute("class") ?? ""} ${what}: ${element.textContent.slice(0, 50)}`);
        for (const element of document.querySelectorAll("body *")) {
            const svg = element.closest("svg");
            if (svg && svg !== element) {
                const mine = element.getBoundingClientRect();
                const all = svg.getBoundingClientRect();
                const out = mine.left < all.left - 1 || mine.right > all.right + 1 || mine.top < all.top - 2 || mine.bottom > all.bottom + 2;
                if (element.tagName === "text" && out) {
                    tell(element, "sticks out of its drawing");
                }
                continue;
            }
            const style = getComputedStyle(element);
            if (element.closest(".unseen, option, textarea, input, select") || style.display === "inline" || element.clientWidth === 0) {
                continue;
            }
            const cut = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
            if (element.scrollWidth > element.clientWidth + 1 && !cut && !/auto|scroll/.test(style.overflowX)) {
                tell(element, `${element.scrollWidth} wide in ${element.clientWidth}`);
            }
            if (element.scrollHeight > element.clientHeight + 2 && !cut && style.overflowY === "hidden") {
                tell(element, `${element.scrollHeight} high in ${element.clientHeight}`);
            }
        }
        return found;
    });
}

// What axe finds against WCAG 2.2 AA, one line each.
export async function violations(page) {
    return page.evaluate(`${AXE};
        axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then((run) =>
            run.violations.flatMap((one) => one.nodes.map((node) => one.id + " " + node.target + " " + node.failureSummary)))`);
}

// What can be operated and is smaller than 24 by 24 pixels.
export function smallTargets(page) {
    return page.evaluate(() =>
        [...document.querySelectorAll("button, a[href], input, select, textarea, [role=button]")]
            .filter((element) => element.getClientRects().length > 0)
            .map((element) => ({ element, box: (element.closest("label") ?? element).getBoundingClientRect() }))
            .filter(({ box }) => box.width < 24 || box.height < 24)
            .map(({ element, box }) => `${element.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`),
    );
}
