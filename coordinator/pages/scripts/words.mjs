// SPDX-License-Identifier: Apache-2.0
// proto/words.csv -> src/generated/words.ts: the rows that pages show, in every language. A key that
// does not exist, and a {place} that is not filled, are then compile errors.
import fs from "node:fs";

// The rows of words.csv that pages use, by the first word of their key. sources_hash has the same list.
export const PREFIXES = ["inject", "page", "state"];

// The rows of a CSV text: fields may be quoted, and quotes in them doubled.
export function parseCsv(text) {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
        rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
        if (end !== ",") {
            rows.push([]);
        }
    }
    return rows.filter((row) => row.length > 1);
}

export function generateWords(from, to) {
    const [head, ...rows] = parseCsv(fs.readFileSync(from, "utf8"));
    const languages = head.slice(1);
    const lines = rows
        .filter(([key]) => PREFIXES.includes(key.split("_")[0]))
        .map(([key, ...texts]) => `    ${key}: ${JSON.stringify(texts)},`);
    fs.writeFileSync(
        to,
        `// SPDX-License-Identifier: Apache-2.0\n// Made from proto/words.csv by scripts/words.mjs.\n` +
            `export const LANGUAGES = ${JSON.stringify(languages)} as const;\n` +
            `export const TABLE = {\n${lines.join("\n")}\n} as const;\n`,
    );
}
