// SPDX-License-Identifier: Apache-2.0
// Which dialog is open; one at a time.
import { Value } from "../store/value";
import { notice } from "./act";

export type Open =
    | { kind: "inject" | "edit"; inject: string }
    | { kind: "answer"; number: number }
    | { kind: "message"; to: string[]; text: string }
    | { kind: "clock" }
    | { kind: "forecast" };

export const opened = new Value<Open | null>(null);

export function openDialog(next: Open): void {
    notice.set(null); // What became of an older command is no part of it.
    opened.set(next);
}
