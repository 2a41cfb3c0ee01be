// SPDX-License-Identifier: Apache-2.0
// Proves that the colours of states differ enough for everybody: CIEDE2000 between each two of them, as
// people with normal vision see them and with protanopia, deuteranopia and tritanopia (Machado, Oliveira
// and Fernandes 2009, severity 1), in both themes. And that text and marks stand out from what is behind.
import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { PAGES } from "./support/parts.mjs";

const LEAST = { dark: 17, light: 19.6 };
const STATES = ["normal", "degraded", "failed", "restoring", "islanded"];
const VISIONS = {
    normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const css = fs.readFileSync(`${PAGES}src/theme/tokens.css`, "utf8");
function tokens(theme) {
    const block = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)[1];
    return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]));
}

const linear = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, place) => sum + value * vector[place], 0));
const clamp = (parts) => parts.map((part) => Math.min(1, Math.max(0, part)));

function lab(rgb) {
    const [x, y, z] = times([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]], rgb);
    const f = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
    const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
    return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

// CIEDE2000, as Sharma, Wu and Dalal (2005) write it.
export function difference([l1, a1, b1], [l2, a2, b2]) {
    const rad = Math.PI / 180;
    const c = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
    const g = 0.5 * (1 - Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)));
    const [p1, p2] = [a1 * (1 + g), a2 * (1 + g)];
    const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
    const hue = (b, a) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / rad + 360) % 360);
    const [h1, h2] = [hue(b1, p1), hue(b2, p2)];
    let dh = c1 * c2 === 0 ? 0 : h2 - h1;
    dh += dh > 180 ? -360 : dh < -180 ? 360 : 0;
    const [dl, dc, dH] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad)];
    const [l, cm] = [(l1 + l2) / 2, (c1 + c2) / 2];
    let h = h1 + h2;
    if (c1 * c2 !== 0) {
        h = Math.abs(h1 - h2) <= 180 ? h / 2 : h < 360 ? (h + 360) / 2 : (h - 360) / 2;
    }
    const t = 1 - 0.17 * Math.cos((h - 30) * rad) + 0.24 * Math.cos(2 * h * rad) + 0.32 * Math.cos((3 * h + 6) * rad) - 0.2 * Math.cos((4 * h - 63) * rad);
    const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
    const [sc, sh] = [1 + 0.045 * cm, 1 + 0.015 * cm * t];
    const rt = -2 * Math.sqrt(cm ** 7 / (cm ** 7 + 25 ** 7)) * Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad);
    return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dH / sh) ** 2 + rt * (dc / sc) * (dH / sh));
}

const contrast = (a, b) => {
    const light = [a, b].map((colour) => times([[0.2126, 0.7152, 0.0722]], linear(colour))[0] + 0.05);
    return Math.max(...light) / Math.min(...light);
};

test("the difference is CIEDE2000", () => {
    // Pairs 1, 7 and 19 of the test data that Sharma, Wu and Dalal published.
    assert.ok(Math.abs(difference([50, 2.6772, -79.7751], [50, 0, -82.7485]) - 2.0425) < 1e-4);
    assert.ok(Math.abs(difference([50, 0, 0], [50, -1, 2]) - 2.3669) < 1e-4);
    assert.ok(Math.abs(difference([50, 2.5, 0], [50, 3.2592, 0.335]) - 1) < 1e-4);
});

for (const [theme, least] of Object.entries(LEAST)) {
    const colours = tokens(theme);
    for (const [vision, matrix] of Object.entries(VISIONS)) {
        test(`states differ by at least ${least} in the ${theme} theme, ${vision} vision`, () => {
            const seen = STATES.map((name) => lab(clamp(times(matrix, linear(colours[name])))));
            for (let i = 0; i < seen.length; i++) {
                for (let j = 0; j < i; j++) {
                    const found = difference(seen[i], seen[j]);
                    assert.ok(found >= least, `${STATES[i]} and ${STATES[j]}: ${found.toFixed(1)}`);
                }
            }
        });
    }
    test(`text stands out 4.5 to 1 and marks 3 to 1 in the ${theme} theme`, () => {
        for (const name of ["text", "muted", "dim", "failed-text", "degraded-text"]) {
            for (const back of ["back", "panel"]) {
                assert.ok(contrast(colours[name], colours[back]) >= 4.5, `${name} on ${back}: ${contrast(colours[name], colours[back]).toFixed(2)}`);
            }
        }
        for (const name of [...STATES, "control"]) {
            for (const back of ["back", "panel", "sea", "land"]) {
                assert.ok(contrast(colours[name], colours[back]) >= 3, `${name} on ${back}: ${contrast(colours[name], colours[back]).toFixed(2)}`);
            }
        }
    });
}
