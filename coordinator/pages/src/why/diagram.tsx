// SPDX-License-Identifier: Apache-2.0
// The story of an asset on one time axis. A table that any reader can go through, with bars and arrows
// drawn over its column of time: hatched while on backup, solid while down; right of now all is hollow.
import type { ButFor, Ms, Scenario } from "../api";
import { dayOf, durationOf, minuteOf, momentOf, percentOf, timeOf } from "../frame/format";
import { Glyph, outlineOf } from "../frame/mark";
import { textOf, words, wordsOf } from "../words/words";
import { type Part, type Row, scaleOf, type Story } from "./story";

const ROW = 49;
const HEAD = 30; // Of a part.
const TOP = 32; // Of the axis.
const WIDTH = 420; // Of the time column; the svg is as wide.
const PARTS: readonly Part[] = ["why", "asset", "took", "next"];
const MINUTE = 60_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * MINUTE);
const EVEN_PPM = 500_000;

interface Placed {
    row: Row;
    y: number; // Of its middle.
}

function place(story: Story): { rows: Placed[]; heads: { part: Part; y: number }[]; height: number } {
    let y = 0;
    const heads: { part: Part; y: number }[] = [];
    const rows: Placed[] = [];
    for (const part of PARTS) {
        const own = story.rows.filter((row) => row.part === part);
        if (own.length > 0) {
            heads.push({ part, y });
            y += HEAD;
            for (const row of own) {
                rows.push({ row, y: y + ROW / 2 });
                y += ROW;
            }
        }
    }
    return { rows, heads, height: y };
}

// Round times within a part of the axis, at most so many.
function ticksOf(from: Ms, to: Ms, most: number): Ms[] {
    const step = STEPS.find((one) => (to - from) / one <= most) ?? STEPS[STEPS.length - 1];
    return Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, i) => (Math.ceil(from / step) + i) * step);
}

function Axis({ story, now, x, height }: { story: Story; now: Ms; x: (at: Ms) => number; height: number }) {
    const ticks = [...ticksOf(story.from_ms, now, 5), ...ticksOf(now, story.to_ms, 3)];
    const label = now < 86_400_000 ? minuteOf(now) : `${dayOf(now)} ${minuteOf(now)}`;
    const half = label.length > 6 ? 52 : 36;
    const middle = Math.min(Math.max(x(now), half), WIDTH - half);
    return (
        <>
            {ticks.map((at) => (
                <g key={at}>
                    <line class="grid-line" x1={x(at)} x2={x(at)} y1={TOP} y2={height} />
                    {Math.abs(x(at) - middle) > half + 20 && x(at) > 16 && x(at) < WIDTH - 16 && (
                        <text class="axis" x={x(at)} y={TOP - 11} text-anchor="middle">
                            {at % 86_400_000 === 0 ? dayOf(at) : minuteOf(at)}
                        </text>
                    )}
                </g>
            ))}
            <line class="now-line" x1={x(now)} x2={x(now)} y1={TOP - 8} y2={height} />
            <rect class="now-back" x={middle - half} y={TOP - 25} width={2 * half} height="19" rx="2" />
            <text class="now-text" x={middle} y={TOP - 11} text-anchor="middle">
                {words("page_now_at", { time: label })}
            </text>
        </>
    );
}

// An arrow from the cause's bar down to the moment at which it acts.
function Drop({ from, to, x }: { from: Placed; to: Placed; x: (at: Ms) => number }) {
    const at = x(to.row.backup?.[0] ?? to.row.at_ms);
    const end = to.y - (to.row.backup ? 9 : 11);
    return <path class="drop" d={`M${at} ${from.y + 9}V${end}`} marker-end="url(#drop)" />;
}

function Happened({ placed: { row, y }, now, x }: { placed: Placed; now: Ms; x: (at: Ms) => number }) {
    const at = x(row.at_ms);
    const time = minuteOf(row.at_ms);
    const roomLeft = at - x(row.backup?.[0] ?? row.at_ms) < 4 && at > 48;
    const status = row.after_ppm < 100_000 ? "failed" : row.after_ppm < 1_000_000 ? "degraded" : "normal";
    const end = Math.min(WIDTH, x(row.backup?.[1] ?? now));
    const over = row.status === "normal" && row.part !== "asset"; // It came back since.
    return (
        <>
            {!over && x(now) > at && <rect class={`bar ${status}`} x={at} y={y - 8} width={Math.max(0, x(now) - at)} height="16" />}
            {row.backup && <rect class="hatched" x={x(row.backup[0])} y={y - 8} width={Math.max(1, end - x(row.backup[0]))} height="16" />}
            <g transform={`translate(${at},${y})`}>
                <path class={`mark ${status}`} d={outlineOf(status, 8)} />
                {status === "failed" && <path class="mark-in" d="M-3.6 -3.6L3.6 3.6M3.6 -3.6L-3.6 3.6" />}
            </g>
            <text class="moment" x={roomLeft ? at - 13 : at + 13} y={y + 4.5} text-anchor={roomLeft ? "end" : "start"}>
                {time}
            </text>
            {row.part === "asset" && row.backup && row.backup[1] > now && (
                <text class="moment warn-fill" x={end > WIDTH - 60 ? end - 4 : end + 6} y={end > WIDTH - 60 ? y - 12 : y + 4.5} text-anchor={end > WIDTH - 60 ? "end" : "start"}>
                    {momentOf(row.backup[1], now)}
                </text>
            )}
        </>
    );
}

function Likely({ placed: { row, y }, x }: { placed: Placed; x: (at: Ms) => number }) {
    const { early_ms, late_ms, chance_ppm } = row.likely!;
    const at = x(row.at_ms);
    return (
        <>
            <path class="whisker" d={`M${x(early_ms)} ${y}H${x(late_ms)}M${x(early_ms)} ${y - 5}V${y + 5}M${x(late_ms)} ${y - 5}V${y + 5}`} />
            <rect class="hollow" x={at - 6.5} y={y - 6.5} width="13" height="13" rx="1" />
            <text class={chance_ppm >= EVEN_PPM ? "chance even" : "chance"} x={x(late_ms) + 8} y={y + 5}>
                {percentOf(chance_ppm)}
            </text>
        </>
    );
}

function Tracks({ story, now }: { story: Story; now: Ms }) {
    const { rows, heads, height: tall } = place(story);
    const height = TOP + tall;
    const scale = scaleOf(story, now);
    const x = (at: Ms): number => scale(at) * WIDTH;
    const moved = rows.map(({ row, y }) => ({ row, y: y + TOP }));
    const byNumber = new Map(moved.map((one) => [one.row.number, one]));
    return (
        <svg class="tracks" width={WIDTH} height={height} viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
            <defs>
                <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <line class="hatch-line" x1="0" x2="0" y1="0" y2="5" />
                </pattern>
                <marker id="drop" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="6" markerHeight="6" orient="auto">
                    <path class="arrow-head" d="M0 0L8 4L0 8Z" />
                </marker>
            </defs>
            {heads.slice(1).map(({ part, y }) => (
                <line key={part} class="grid-line" x1="0" x2={WIDTH} y1={TOP + y} y2={TOP + y} />
            ))}
            <Axis story={story} now={now} x={x} height={height} />
            {moved.map((one) => one.row.cause !== null && byNumber.has(one.row.cause) && <Drop key={one.row.number} from={byNumber.get(one.row.cause)!} to={one} x={x} />)}
            {moved.map((one) => (one.row.likely ? <Likely key={one.row.number} placed={one} x={x} /> : <Happened key={one.row.number} placed={one} now={now} x={x} />))}
        </svg>
    );
}

function backupWords(row: Row, now: Ms): string {
    if (row.root) {
        return words("page_why_root");
    }
    if (row.likely) {
        return "";
    }
    if (row.backup_ended && row.backup) {
        return words("page_why_backup_was", { time: durationOf(row.backup[1] - row.backup[0]) });
    }
    return row.backup ? words("page_why_backup_until", { time: momentOf(row.backup[1], now) }) : words("page_why_backup_none");
}

// What would be without the root chosen; the answer names what would be different.
function Without({ row, butFor, now }: { row: Row; butFor: ButFor; now: Ms }) {
    const other = butFor.rows.find(({ asset }) => asset === row.asset);
    if (row.likely) {
        return null;
    }
    if (!other) {
        return (
            <>
                <Glyph status={row.status} size={16} /> {words("page_why_same")}
            </>
        );
    }
    const text =
        other.without === "normal"
            ? words("page_why_stays_up")
            : other.without_failed_ms === null
              ? wordsOf("state_", other.without)
              : `${wordsOf("state_", other.without)}, ${momentOf(other.without_failed_ms, now)}`;
    return (
        <>
            <Glyph status={other.without} size={16} /> <b>{text}</b>
        </>
    );
}

// What screen readers hear in place of the tracks.
function timeWords(row: Row, now: Ms): string {
    return row.likely
        ? words("page_why_likely", { chance: percentOf(row.likely.chance_ppm), time: momentOf(row.at_ms, now), early: momentOf(row.likely.early_ms, now), late: momentOf(row.likely.late_ms, now) })
        : `${dayOf(row.at_ms)} ${timeOf(row.at_ms)}`;
}

export function Diagram({ scenario, story, butFor, now, onSelect }: { scenario: Scenario; story: Story; butFor: ButFor | null; now: Ms; onSelect: (asset: number) => void }) {
    const leftOut: Partial<Record<Part, number>> = { why: story.left_out.why, took: story.left_out.took };
    return (
        <div class="diagram">
            <Tracks story={story} now={now} />
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="left">{words("page_why_column")}</th>
                        <th scope="col" class="time"><span class="unseen">{words("page_time")}</span></th>
                        <th scope="col" class="left backup">{words("page_why_backup")}</th>
                        <th scope="col" class="left without">{butFor ? words("page_why_without_root") : <span class="unseen">{words("page_why_without_root")}</span>}</th>
                    </tr>
                </thead>
                {PARTS.map((part) => {
                    const rows = story.rows.filter((row) => row.part === part);
                    return (
                        rows.length > 0 && (
                            <tbody key={part} class={`part-${part}`}>
                                <tr class="part">
                                    <th scope="rowgroup" colSpan={4} class="left">
                                        {words(`page_why_part_${part}`)}
                                        {(leftOut[part] ?? 0) > 0 && <span class="muted"> · {words("page_why_left_out", { count: leftOut[part]! })}</span>}
                                    </th>
                                </tr>
                                {rows.map((row) => (
                                    <tr key={row.number} class="step">
                                        <th scope="row" class="left">
                                            <span class="number">{row.number}</span>
                                            <Glyph status={row.status} label size={19} />
                                            <span class="who">
                                                <button class="quiet" onClick={() => onSelect(row.asset)}>{textOf(scenario.assets[row.asset].name)}</button>
                                                <small>{row.rule || words("page_why_about", { time: momentOf(row.at_ms, now) })}</small>
                                            </span>
                                        </th>
                                        <td class="time"><span class="unseen">{timeWords(row, now)}</span></td>
                                        <td class={`left ${row.part === "asset" ? "strong" : "muted"}`}>{backupWords(row, now)}</td>
                                        <td class="left">{butFor && <Without row={row} butFor={butFor} now={now} />}</td>
                                    </tr>
                                ))}
                            </tbody>
                        )
                    );
                })}
            </table>
        </div>
    );
}
