// SPDX-License-Identifier: Apache-2.0
// Makes what the pages are built from and what is not written by hand: words, maps, fonts.
import fs from "node:fs";
import { generateFonts } from "./font.mjs";
import { generateMaps } from "./map.mjs";
import { generateWords } from "./words.mjs";

process.chdir(new URL("..", import.meta.url).pathname);
fs.mkdirSync("src/generated", { recursive: true });
generateWords("../../proto/words.csv", "src/generated/words.ts");
generateMaps("public/map");
await generateFonts("public/font");
