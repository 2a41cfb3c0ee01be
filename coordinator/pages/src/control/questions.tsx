// SPDX-License-Identifier: Apache-2.0
// Requests for information from cells to exercise control: who waits longest comes first.
import { durationOf } from "../frame/format";
import { words } from "../words/words";
import type { Live } from "./live";
import { PATIENCE_MS } from "./logic/needs";
import { openDialog } from "./open";
import { CellChip, Panel } from "./parts";

export function Questions({ live }: { live: Live }) {
    const now = live.state.clock.now_ms;
    const open = live.state.rfis
        .filter((rfi) => rfi.answered_ms === null)
        .sort((a, b) => a.asked_ms - b.asked_ms || a.number - b.number);
    const title = words("page_control_questions");
    return (
        <Panel
            name="questions"
            title={title}
            beside={words("page_control_open", { count: open.length })}
            right={words("page_control_longest_first")}
        >
            {open.length === 0 ? (
                <p class="empty">{words("page_control_none_asked")}</p>
            ) : (
                <div class="scroll" tabIndex={0} role="group" aria-label={title}>
                    <table>
                        <thead>
                            <tr>
                                <th class="left">{words("page_control_waiting_for")}</th>
                                <th class="left">{words("page_control_rfi")}</th>
                                <th class="left">{words("page_control_from")}</th>
                                <th class="left wide">{words("page_control_question")}</th>
                                <th>
                                    <span class="unseen">{words("page_control_answer")}</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {open.map((rfi) => {
                                const late = now - rfi.asked_ms >= PATIENCE_MS;
                                const waits = durationOf(now - rfi.asked_ms);
                                return (
                                    <tr key={rfi.number}>
                                        <td class="left">{late ? <b class="warn">{waits}</b> : waits}</td>
                                        <td class="left muted">{rfi.number}</td>
                                        <td class="left">
                                            <CellChip cell={rfi.cell} />
                                        </td>
                                        <td class="left wide">{rfi.text}</td>
                                        <td>
                                            <button
                                                aria-haspopup="dialog"
                                                aria-label={words("page_control_answer_to", { cell: rfi.cell, number: rfi.number })}
                                                onClick={() => openDialog({ kind: "answer", number: rfi.number })}
                                            >
                                                {words("page_control_answer")}
                                            </button>
                                        </td>
                                    </tr>
                                );
                            })}
                        </tbody>
                    </table>
                </div>
            )}
        </Panel>
    );
}
