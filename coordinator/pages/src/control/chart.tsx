// SPDX-License-Identifier: Apache-2.0
// Chances over time, as curves: that of the sentence thick, the next likeliest thin, each with its
// name at its end. The table beside it says the same in numbers.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Forecast } from "../api";
import { minuteOf, momentOf } from "../frame/format";
import { textOf, words } from "../words/words";
import type { Live } from "./live";
import { type Curve, isStale, outlookCurves, spread } from "./logic/outlook";

const CURVES_MAX = 4;
const LEFT = 46;
const RIGHT = 100; // Room for the names.
const TOP = 8;
const BOTTOM = 22;
const LINE = 15;
const NAME_MAX = 14;

function useSize(): [RefObject<HTMLDivElement | null>, number, number] {
    const box = useRef<HTMLDivElement>(null);
    const [size, setSize] = useState([0, 0]);
    useLayoutEffect(() => {
        const watch = new ResizeObserver(([entry]) => {
            setSize([Math.floor(entry.contentRect.width), Math.floor(entry.contentRect.height)]);
        });
        watch.observe(box.current!);
        return () => watch.disconnect();
    }, []);
    return [box, size[0], size[1]];
}

const short = (name: string): string => (name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name);

const pathOf = (points: [number, number][]): string =>
    points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

export function OutlookChart({ live, forecast, edge }: { live: Live; forecast: Forecast; edge: number }) {
    const [box, width, height] = useSize();
    const from = forecast.made_at_ms;
    const last = forecast.edges_ms.at(-1) ?? from + 1;
    // Far edges would press what matters into a corner: show three times as far as the sentence.
    const to = Math.min(last, from + 3 * (forecast.edges_ms[edge] - from));
    const right = width - RIGHT;
    const bottom = height - BOTTOM;
    const x = (ms: number) => LEFT + ((right - LEFT) * (ms - from)) / (to - from);
    const y = (ppm: number) => bottom - ((bottom - TOP) * ppm) / 1_000_000;
    const curves = outlookCurves(forecast, edge, CURVES_MAX).map((curve) => ({
        curve,
        points: curve.points.filter((point) => point.at_ms <= to),
    }));
    const ends = spread(curves.map(({ points }) => y(points.at(-1)!.ppm) + 4), LINE, TOP + 8, bottom);
    const name = ({ country, sector }: Curve) =>
        `${live.scenario.countries[country].id.toUpperCase()} ${textOf(live.scenario.sectors[sector].name)}`;
    const marked = forecast.edges_ms[edge];
    return (
        <div class="chart" ref={box}>
            {width > 0 && height > 0 && (
                <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words("page_control_chart")}>
                    {[0, 250_000, 500_000, 750_000, 1_000_000].map((ppm) => (
                        <g key={ppm}>
                            <line class="rule" x1={LEFT} x2={right} y1={y(ppm)} y2={y(ppm)} />
                            {ppm % 500_000 === 0 && (
                                <text class="tick" x={LEFT - 6} y={y(ppm) + 4} text-anchor="end">
                                    {ppm / 10_000} %
                                </text>
                            )}
                        </g>
                    ))}
                    <line class="mark-line" x1={x(marked)} x2={x(marked)} y1={TOP} y2={bottom} />
                    {[...curves].reverse().map(({ curve, points }) => (
                        <path
                            key={name(curve)}
                            class={curve === curves[0].curve ? "curve own" : "curve"}
                            d={pathOf(points.map((point) => [x(point.at_ms), y(point.ppm)]))}
                        />
                    ))}
                    {curves.map(({ curve }, i) => (
                        <text key={name(curve)} class={i === 0 ? "name own" : "name"} x={right + 6} y={ends[i]}>
                            {short(name(curve))}
                        </text>
                    ))}
                    <text class="tick now" x={LEFT} y={height - 6} text-anchor="middle">
                        {isStale(forecast, live.state.clock.now_ms) ? minuteOf(from) : words("page_control_now_tick")}
                    </text>
                    <text class="tick marked" x={x(marked)} y={height - 6} text-anchor="middle">
                        {momentOf(marked, from)}
                    </text>
                    {to > marked && (
                        <text class="tick" x={right} y={height - 6} text-anchor="middle">
                            {momentOf(to, from)}
                        </text>
                    )}
                </svg>
            )}
        </div>
    );
}
