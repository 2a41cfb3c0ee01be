// SPDX-License-Identifier: Apache-2.0
// The parts that page tests take from the pages' own modules, and where things are.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const PAGES = fileURLToPath(new URL("../../../coordinator/pages/", import.meta.url));
export const require = createRequire(`${PAGES}package.json`);
