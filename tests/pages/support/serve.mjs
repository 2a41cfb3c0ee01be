// SPDX-License-Identifier: Apache-2.0
// A coordinator's web side that says what a test tells it to: dist/ under the policy of the real one,
// and answers from objects. For what a picture shows; how pages and coordinator work together is
// tested with the real one.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// `said`: { scenario, state, forecast, why, butfor, answer }; why and butfor by asset id; answer(command)
// is what a command is answered, else all are taken. Port 0: any free one.
export async function serve(dist, said) {
    const listeners = new Set();
    const asked = [];
    const answers = {
        "/api/v1/scenario": () => said.scenario,
        "/api/v1/state": () => said.state,
        "/api/v1/forecast": () => said.forecast,
        "/api/v1/why": (query) => said.why?.[query.get("asset")],
        "/api/v1/but-for": (query) => said.butfor?.[query.get("asset")],
    };
    const server = http.createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
        response.setHeader("Content-Security-Policy", POLICY);
        if (request.method === "POST") {
            let body = "";
            request.on("data", (part) => (body += part));
            request.on("end", () => {
                asked.push({ path: pathname, body });
                const answer = said.answer?.(JSON.parse(body)) ?? { ok: true, sequence: 1, refusal: null, words: null };
                response.writeHead(answer.ok ? 200 : 409, { "Content-Type": TYPES[".json"] }).end(JSON.stringify(answer));
            });
            return;
        }
        if (pathname === "/api/v1/events") {
            response.writeHead(200, { "Content-Type": "text/event-stream" });
            response.write(`id: ${said.state.sequence}\nevent: state\ndata: ${JSON.stringify(said.state)}\n\n`);
            listeners.add(response);
            request.on("close", () => listeners.delete(response));
            return;
        }
        if (answers[pathname]) {
            const answer = answers[pathname](searchParams);
            response.writeHead(answer ? 200 : 404, { "Content-Type": TYPES[".json"] }).end(JSON.stringify(answer ?? {}));
            return;
        }
        const name = { "/": "/index.html", "/control": "/control.html" }[pathname] ?? pathname;
        const file = path.join(dist, path.normalize(name));
        if (!file.startsWith(dist) || !fs.existsSync(file)) {
            response.writeHead(404).end();
            return;
        }
        response.writeHead(200, { "Content-Type": TYPES[path.extname(file)] ?? "text/plain" }).end(fs.readFileSync(file));
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address();
    const cut = () => {
        listeners.forEach((one) => one.destroy());
        server.closeAllConnections?.();
        return new Promise((closed) => server.close(closed));
    };
    return {
        url: `http://127.0.0.1:${port}`,
        asked,
        cut, // Gone, as a coordinator that crashed, until
        mend: () => new Promise((listening) => server.listen(port, "127.0.0.1", listening)), // it is there again.
        push: (delta) => listeners.forEach((one) => one.write(`id: ${delta.sequence}\nevent: delta\ndata: ${JSON.stringify(delta)}\n\n`)),
        close: cut,
    };
}
