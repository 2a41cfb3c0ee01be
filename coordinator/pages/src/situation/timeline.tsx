// SPDX-License-Identifier: Apache-2.0
// A lane for each cell: injects as diamonds, filled when sent, hollow when planned; a bar from an inject
// that asks for an answer until the answer, yellow once it is late. The list of injects is its twin.
import type { InjectNow, Ms } from "../api";
import { dayOf, minuteOf } from "../frame/format";
import { useKnown, useScenario } from "../store/store";
import { textOf, words } from "../words/words";
import { isAbove } from "./facts";
import { timeOfInject } from "./injects";
import { choose, type Span, useView } from "./view";

const HOUR = 3_600_000;
const SPANS: readonly Span[] = ["all", "day", "hours"];
const LEFT = 112;
const WIDTH = 1156;
const RIGHT = WIDTH - 18;
const LANE = 15;
const TOP = 8;
const STEPS = [1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR);

// What part of the exercise is on paper: all of it, or so many hours with now at two thirds.
function rangeOf(span: Span, now: Ms, end: Ms): [Ms, Ms] {
    const length = span === "all" ? end : Math.min(end, span === "day" ? 24 * HOUR : 6 * HOUR);
    const from = span === "all" ? 0 : Math.max(0, Math.min(now - (length * 2) / 3, end - length));
    return [from, from + length];
}

function Ticks({ from, to, now, x, bottom }: { from: Ms; to: Ms; now: Ms; x: (at: Ms) => number; bottom: number }) {
    const step = STEPS.find((one) => (to - from) / one <= 9) ?? STEPS[STEPS.length - 1];
    const small = step / (step > 3 * HOUR ? 6 : step === HOUR ? 4 : step / HOUR);
    const at = (by: Ms): Ms[] => Array.from({ length: Math.floor(to / by) - Math.ceil(from / by) + 1 }, (_, i) => (Math.ceil(from / by) + i) * by);
    return (
        <>
            {at(small).map((time) => (
                <line key={`s${time}`} class="tick" x1={x(time)} x2={x(time)} y1={bottom} y2={bottom + 3} />
            ))}
            {at(step).map((time) => (
                <g key={time}>
                    <line class="grid-line" x1={x(time)} x2={x(time)} y1={TOP} y2={bottom + 3} />
                    {Math.abs(x(time) - x(now)) > 62 && (
                        <text class={`axis ${time % (24 * HOUR) === 0 ? "day" : ""}`} x={x(time)} y={bottom + 17} text-anchor={x(time) > RIGHT - 20 ? "end" : "middle"}>
                            {time % (24 * HOUR) === 0 ? dayOf(time) : minuteOf(time)}
                        </text>
                    )}
                </g>
            ))}
        </>
    );
}

// The bars of a cell: from delivery until it has done what is asked, or until now.
function Waits({ cell, injects, now, x, y, limits: [from, to] }: { cell: string; injects: InjectNow[]; now: Ms; x: (at: Ms) => number; y: number; limits: [Ms, Ms] }) {
    return (
        <>
            {injects.flatMap((one) => {
                const mine = one.deliveries.find((delivery) => delivery.cell === cell);
                const asks = mine && (mine.awaited || one.expected_by_ms !== null || mine.acknowledged_ms !== null);
                if (!asks || one.released_ms === null) {
                    return [];
                }
                const done = mine.answered_ms ?? (mine.awaited ? null : mine.acknowledged_ms);
                const [begin, end] = [Math.max(one.released_ms, from), Math.min(done ?? now, to)];
                const late = one.expected_by_ms !== null && (done ?? now) > one.expected_by_ms;
                return end > begin ? [<rect key={one.id} class={`wait ${late ? "late" : ""}`} x={x(begin)} y={y - 4} width={Math.max(1, x(end) - x(begin))} height="8" />] : [];
            })}
        </>
    );
}

export function Timeline() {
    const scenario = useScenario();
    const view = useView();
    const injects = useKnown((state) => state.injects);
    const now = useKnown((state) => state.clock.now_ms);
    const [from, to] = rangeOf(view.span, now, scenario.ends_ms);
    const x = (at: Ms): number => LEFT + ((RIGHT - LEFT) * (at - from)) / (to - from);
    const bottom = TOP + scenario.cells.length * LANE + 2;
    const height = bottom + 24;
    const inside = injects.filter((one) => {
        const at = timeOfInject(one);
        return at !== null && at >= from && at <= to;
    });
    return (
        <section class="panel timeline" aria-labelledby="timeline-head">
            <div class="head">
                <h2 id="timeline-head">{words("page_timeline")}</h2>
                <span class="key">
                    <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
                        <path class="diamond sent" d="M0 -5.5L5.5 0L0 5.5L-5.5 0Z" />
                    </svg>
                    {words("page_sent")}
                    <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
                        <path class="diamond" d="M0 -5.5L5.5 0L0 5.5L-5.5 0Z" />
                    </svg>
                    {words("page_planned")}
                    <svg width="22" height="14" viewBox="0 0 22 14" aria-hidden="true">
                        <rect class="wait" x="1" y="3" width="20" height="8" />
                    </svg>
                    {words("page_waits")}
                    <svg width="22" height="14" viewBox="0 0 22 14" aria-hidden="true">
                        <rect class="wait late" x="1" y="3" width="20" height="8" />
                    </svg>
                    {words("page_late")}
                </span>
                <div class="choice right screen-only" role="group" aria-label={words("page_span")}>
                    {SPANS.map((span) => (
                        <button key={span} aria-pressed={view.span === span} onClick={() => choose({ span })}>
                            {words(`page_span_${span}`)}
                        </button>
                    ))}
                </div>
            </div>
            <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={words("page_timeline_label")}>
                <Ticks from={from} to={to} now={now} x={x} bottom={bottom} />
                {scenario.cells.map((cell, lane) => {
                    const y = TOP + lane * LANE + LANE / 2 + 2;
                    return (
                        <g key={cell.id}>
                            <line class="grid-line" x1={LEFT} x2={RIGHT} y1={y + LANE / 2} y2={y + LANE / 2} />
                            <text class="lane" x="14" y={y + 4}>
                                {cell.id}
                            </text>
                            <Waits cell={cell.id} injects={inside} now={now} x={x} y={y} limits={[from, to]} />
                            {inside
                                .filter((one) => one.to.includes(cell.id))
                                .map((one) => (
                                    <path key={one.id} class={`diamond ${one.released_ms === null ? "" : "sent"}`} transform={`translate(${x(timeOfInject(one)!).toFixed(1)},${y})`} d="M0 -5.5L5.5 0L0 5.5L-5.5 0Z">
                                        <title>{`${minuteOf(timeOfInject(one)!)} ${one.id}${isAbove(one.tlp, view.ceiling) ? "" : `: ${textOf(one.title)}`}`}</title>
                                    </path>
                                ))}
                        </g>
                    );
                })}
                <line class="now-line" x1={x(now)} x2={x(now)} y1={TOP - 4} y2={bottom + 4} />
                <rect class="now-back" x={x(now) - 52} y={bottom + 4} width="104" height="18" rx="2" />
                <text class="now-text" x={x(now)} y={bottom + 17} text-anchor="middle">
                    {words("page_now_at", { time: now < 24 * HOUR ? minuteOf(now) : `${dayOf(now)} ${minuteOf(now)}` })}
                </text>
            </svg>
        </section>
    );
}
