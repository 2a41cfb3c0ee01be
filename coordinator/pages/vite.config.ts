// SPDX-License-Identifier: Apache-2.0
// Two pages out of one source: / (situation) and /control. File names carry no hash: the server says
// by ETag whether a page has changed, and a change of the pages is then a change of few files.
import { defineConfig } from "vite";

export default defineConfig({
    base: "/",
    esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
    build: {
        target: "es2022",
        assetsInlineLimit: 0, // A strict content policy allows no data: addresses.
        modulePreload: { polyfill: false },
        rollupOptions: {
            input: { situation: "index.html", control: "control.html" },
            output: {
                entryFileNames: "assets/[name].js",
                chunkFileNames: "assets/[name].js",
                assetFileNames: "assets/[name][extname]",
                manualChunks: (id) => (/node_modules\/preact|src\/(frame|store|theme|words|generated|api)/.test(id) ? "frame" : undefined),
            },
        },
    },
});
