// SPDX-License-Identifier: Apache-2.0
// The matrix itself: a table, its own twin. One stop for Tab; arrow keys go from cell to cell.
import { useRef } from "preact/hooks";
import type { Scenario } from "../api";
import { countOf, percentOf } from "../frame/format";
import { textOf, words } from "../words/words";
import { type Line, shadeOf, type Spill } from "./spill";

const STEPS = 4; // The ramp has five colours.

// One hue; lightness alone carries the value. Which ink reads on it, the class says: see matrix.css.
function paint(shade: number): { class: string; style: { background: string } } {
    const place = Math.min(STEPS - 1, Math.floor(shade * STEPS));
    const share = Math.round((shade * STEPS - place) * 100);
    return {
        class: shade < 0.513 ? "low" : shade < 0.69 ? "middle" : "high",
        style: { background: `color-mix(in oklab, var(--matrix-${place + 1}) ${share}%, var(--matrix-${place}))` },
    };
}

export function shortName(scenario: Scenario, { members }: Line): string {
    return members.length === 1 ? scenario.countries[members[0]].id.toUpperCase() : members.length === 0 ? "–" : words("page_others_short");
}

export function longName(scenario: Scenario, { members }: Line): string {
    return members.length === 1 ? textOf(scenario.countries[members[0]].name) : words(members.length === 0 ? "page_no_country" : "page_others");
}

// In the matrix's unit; what is not nothing is never 0.
export function hoursOf(hours: number, unit: number): string {
    return hours === 0 ? "0" : hours < unit ? "<1" : countOf(hours / unit);
}

const shareOf = (part: number, whole: number): string => (whole > 0 ? percentOf((part / whole) * 1_000_000) : "");

export function Ramp({ spill }: { spill: Spill }) {
    return (
        <span class="ramp">
            1
            {[0, 0.25, 0.5, 0.75, 1].map((shade) => (
                <i key={shade} style={paint(shade).style} />
            ))}
            {words("page_log_scale", { most: hoursOf(Math.max(spill.most, spill.unit), spill.unit) })}
        </span>
    );
}

interface GridProps {
    scenario: Scenario;
    spill: Spill;
    chosen: [row: number, column: number] | null;
    onChoose: (row: number, column: number) => void;
}

export function Grid({ scenario, spill, chosen, onChoose }: GridProps) {
    const table = useRef<HTMLTableElement>(null);
    const columns = spill.lines.filter(({ members }) => members.length > 0);
    const [row, column] = chosen ?? [0, 0];
    const mostFrom = Math.max(1, ...spill.lines.map(({ from }) => from));
    const hear = (event: KeyboardEvent): void => {
        const step: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
        const by = step[event.key];
        if (by) {
            event.preventDefault();
            const next: [number, number] = [(row + by[0] + spill.lines.length) % spill.lines.length, (column + by[1] + columns.length) % columns.length];
            onChoose(...next);
            requestAnimationFrame(() => table.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus());
        }
    };
    return (
        <table class="grid" ref={table} onKeyDown={hear}>
            <thead>
                <tr>
                    <th scope="col" class="left">{words("page_roots_in")}</th>
                    {columns.map((line, place) => (
                        <th key={place} scope="col" class="country" abbr={longName(scenario, line)} title={longName(scenario, line)}>{shortName(scenario, line)}</th>
                    ))}
                    <th scope="col" colSpan={2}>{words("page_matrix_total")}</th>
                </tr>
            </thead>
            <tbody class={spill.most / spill.unit >= 10_000 ? "long" : undefined}>
                {spill.lines.map((line, a) => (
                    <tr key={a}>
                        <th scope="row" class="left"><b>{shortName(scenario, line)}</b> <span class="muted">{longName(scenario, line)}</span></th>
                        {columns.map((_, b) => {
                            const hours = spill.cells[a][b];
                            const ink = paint(shadeOf(hours, spill));
                            const picked = chosen?.[0] === a && chosen[1] === b;
                            return (
                                <td key={b} class="cell">
                                    <button
                                        data-at={`${a},${b}`}
                                        class={`${hours > 0 ? ink.class : "zero"} ${a === b ? "home" : ""}`}
                                        style={hours > 0 ? ink.style : undefined}
                                        tabindex={a === row && b === column ? 0 : -1}
                                        aria-pressed={picked}
                                        aria-label={words("page_matrix_cell", { shown: hoursOf(hours, spill.unit), from: longName(scenario, line), hit: longName(scenario, columns[b]), hours: countOf(hours) })}
                                        onClick={() => onChoose(a, b)}
                                    >
                                        {hoursOf(hours, spill.unit)}
                                    </button>
                                </td>
                            );
                        })}
                        <td class="sum-bar">
                            <svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
                                <rect class="at-home" width={(100 * (line.from - line.from_abroad)) / mostFrom} height="20" />
                                <rect class="abroad" x={(100 * (line.from - line.from_abroad)) / mostFrom} width={(100 * line.from_abroad) / mostFrom} height="20" />
                            </svg>
                        </td>
                        <td class="sum">
                            <b>{hoursOf(line.from, spill.unit)}</b>
                            <small>{shareOf(line.from_abroad, line.from)}</small>
                        </td>
                    </tr>
                ))}
            </tbody>
            <tfoot>
                <tr>
                    <th scope="row" class="left">
                        <span class="muted">{words("page_matrix_hit")}<br />{words("page_matrix_from_abroad")}</span>
                    </th>
                    {columns.map((line, place) => (
                        <td key={place} class="sum">
                            <b>{hoursOf(line.hit, spill.unit)}</b>
                            <small>{shareOf(line.hit_abroad, line.hit)}</small>
                        </td>
                    ))}
                    <td colSpan={2} class="sum">
                        <b>{hoursOf(spill.total, spill.unit)}</b>
                        <small>{shareOf(spill.abroad, spill.total)}</small>
                    </td>
                </tr>
            </tfoot>
        </table>
    );
}
