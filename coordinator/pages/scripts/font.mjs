// SPDX-License-Identifier: Apache-2.0
// Inter variable (SIL Open Font License 1.1) -> public/font/*.woff2: the letters of the languages that
// write Latin, weights 400 to 700. Other letters fall back to the reader's own fonts.
import fs from "node:fs";
import { createRequire } from "node:module";
import subsetFont from "subset-font";

const require = createRequire(import.meta.url);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
// Beside letters: dashes, quotes, bullet, ellipsis, minute, narrow and thin spaces, euro, arrows, minus, ≤ ≥ ≈.
const SIGNS = [0x2013, 0x2014, 0x2018, 0x2019, 0x201c, 0x201d, 0x201e, 0x2022, 0x2026, 0x2032, 0x2009, 0x202f, 0x20ac, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248, 0x2264, 0x2265];
const PARTS = {
    latin: { file: "inter-latin-wght-normal", points: [...range(0x20, 0x7e), ...range(0xa0, 0xff), ...SIGNS] },
    "latin-more": { file: "inter-latin-ext-wght-normal", points: [...range(0x100, 0x17f), ...range(0x218, 0x21b)] },
};

export async function generateFonts(folder) {
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, { file, points }] of Object.entries(PARTS)) {
        const font = fs.readFileSync(require.resolve(`@fontsource-variable/inter/files/${file}.woff2`));
        const small = await subsetFont(font, String.fromCodePoint(...points), {
            targetFormat: "woff2",
            variationAxes: { wght: { min: 400, max: 700 } },
        });
        fs.writeFileSync(`${folder}/inter-${name}.woff2`, small);
    }
    fs.copyFileSync(require.resolve("@fontsource-variable/inter/LICENSE"), `${folder}/LICENSE-inter.txt`);
}
