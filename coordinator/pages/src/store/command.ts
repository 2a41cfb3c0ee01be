// SPDX-License-Identifier: Apache-2.0
// What the page asks of the server and tells it, besides the stream.
import type { Answer, ButFor, Command, Why } from "../api";
import { getJson } from "./stream";

export const getWhy = (asset: string): Promise<Why> => getJson(`/api/v1/why?asset=${encodeURIComponent(asset)}`);

export const getButFor = (asset: string, root: string): Promise<ButFor> =>
    getJson(`/api/v1/but-for?asset=${encodeURIComponent(asset)}&root=${encodeURIComponent(root)}`);

// Tells the exercise to do something. A refusal is an answer; no answer at all is thrown.
export async function sendCommand(command: Command): Promise<Answer> {
    const response = await fetch("/api/v1/control", {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(command),
    });
    if (response.status !== 200 && response.status !== 409) {
        throw new Error(`/api/v1/control: ${response.status}`);
    }
    return (await response.json()) as Answer;
}

// Asks for a forecast from now; it comes by the stream.
export async function askForecast(): Promise<void> {
    await fetch("/api/v1/forecast", { method: "POST", credentials: "same-origin" });
}
