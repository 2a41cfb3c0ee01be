// SPDX-License-Identifier: Apache-2.0
// The cells, most urgent first: who is here, how far behind, and who has been silent for how long.
import { durationOf } from "../frame/format";
import { Glyph } from "../frame/mark";
import { textOf, words } from "../words/words";
import type { Live } from "./live";
import { type CellRow, cellRows } from "./logic/cells";
import { openDialog } from "./open";
import { Panel } from "./parts";

function Value({ text, abnormal, level }: { text: string; abnormal: boolean; level?: CellRow["level"] }) {
    if (abnormal) {
        return <b class={level === "failed" ? "bad" : "warn"}>{text}</b>;
    }
    return <span class={text === "0" ? "zero" : "muted"}>{text}</span>;
}

function here(row: CellRow, started: boolean): string {
    if (row.now.connected) {
        return words("page_control_yes");
    }
    if (row.lostMs !== null) {
        return words("page_control_lost_for", { time: durationOf(row.lostMs) });
    }
    return words(started ? "page_control_never" : "page_control_not_yet");
}

function Row({ row, started }: { row: CellRow; started: boolean }) {
    const { facts, now, level, abnormal } = row;
    return (
        <tr class={level === "failed" ? "hot" : undefined}>
            <th scope="row" class="left">
                <button class="plain" id={`cell-${facts.id}`} aria-haspopup="dialog" onClick={() => openDialog({ kind: "message", to: [facts.id], text: "" })}>
                    <Glyph status={level} size={16} />
                    <b>{facts.id}</b> <span class="muted">{textOf(facts.name)}</span>
                </button>
            </th>
            <td class="left muted">{now.robot ? words("page_control_robot") : facts.phone || "–"}</td>
            <td>
                <Value text={here(row, started)} abnormal={level === "failed"} level={level} />
            </td>
            <td>
                <Value text={String(now.lag)} abnormal={abnormal.lag} />
            </td>
            <td>
                <Value text={String(now.unread)} abnormal={abnormal.unread} />
            </td>
            <td>
                <Value text={String(now.overdue)} abnormal={abnormal.overdue} />
            </td>
            <td>
                <Value text={now.silent_ms === null ? "–" : durationOf(now.silent_ms)} abnormal={abnormal.silent} level={level} />
            </td>
        </tr>
    );
}

export function Cells({ live }: { live: Live }) {
    const rows = cellRows(live.scenario, live.state, live.wallUs);
    const here = rows.filter((row) => row.now.connected).length;
    const title = words("page_control_cells");
    const started = live.state.clock.state !== "not_started";
    return (
        <Panel
            name="cells"
            title={title}
            beside={words("page_control_here", { here, all: rows.length })}
            right={words("page_control_urgent_first")}
        >
            <div class="scroll" tabIndex={0} role="group" aria-label={title}>
                <table>
                    <thead>
                        <tr>
                            <th class="wide">{words("page_control_cell")}</th>
                            <th class="left">{words("page_control_phone")}</th>
                            <th>{words("page_control_connected")}</th>
                            <th>{words("page_control_lag")}</th>
                            <th>{words("page_control_unread")}</th>
                            <th>{words("page_control_overdue")}</th>
                            <th>{words("page_control_silent")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.map((row) => (
                            <Row key={row.facts.id} row={row} started={started} />
                        ))}
                    </tbody>
                </table>
            </div>
        </Panel>
    );
}
