// SPDX-License-Identifier: Apache-2.0
// A module of the pages as Node can import it: types taken off, what it imports put in.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const PAGES = fileURLToPath(new URL("../../../coordinator/pages/", import.meta.url));
const esbuild = createRequire(createRequire(`${PAGES}package.json`).resolve("vite"))("esbuild");

// load("control/logic/needs.ts"): its exports.
export async function load(source) {
    const { outputFiles } = await esbuild.build({
        entryPoints: [`${PAGES}src/${source}`],
        bundle: true,
        format: "esm",
        write: false,
        logLevel: "error",
    });
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
