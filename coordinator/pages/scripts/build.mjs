// SPDX-License-Identifier: Apache-2.0
// Builds dist/ anew: what is generated, the compiler's checks, the bundle, and the hash of the sources
// that it was built from, so that a test sees when dist/ is out of date.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { build } from "vite";
import "./generate.mjs";

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc"], { stdio: "inherit" });
await build({ logLevel: "warn" });
fs.writeFileSync("dist/sources.sha256", execFileSync("scripts/sources_hash"));
