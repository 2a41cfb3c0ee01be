// SPDX-License-Identifier: Apache-2.0
// Commands, and what became of the last one: a refusal stays to be read until the next command or
// until it is closed.
import type { Command } from "../api";
import { sendCommand } from "../store/command";
import { Value } from "../store/value";
import { textOf, words } from "../words/words";

export interface Notice {
    kind: "done" | "refused" | "unsent";
    text: string;
}

export const notice = new Value<Notice | null>(null);

const DONE_MS = 6_000; // How long good news stays.
const underway = new Set<string>();

function show(next: Notice): void {
    notice.set(next);
    if (next.kind === "done") {
        setTimeout(() => notice.get() === next && notice.set(null), DONE_MS);
    }
}

// True: the exercise took it, and `done` is said. The same command twice, before the first is
// answered, is one: a double click.
export async function act(command: Command, done?: string): Promise<boolean> {
    const key = JSON.stringify(command);
    if (underway.has(key)) {
        return false;
    }
    underway.add(key);
    try {
        const answer = await sendCommand(command);
        if (!answer.ok) {
            const why = textOf(answer.words) || (answer.refusal ?? "");
            show({ kind: "refused", text: words("page_control_refused", { why }) });
        } else if (done !== undefined) {
            show({ kind: "done", text: done });
        } else {
            notice.set(null);
        }
        return answer.ok;
    } catch {
        show({ kind: "unsent", text: words("page_control_unsent") });
        return false;
    } finally {
        underway.delete(key);
    }
}
