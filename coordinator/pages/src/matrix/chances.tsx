// SPDX-License-Identifier: Apache-2.0
// How likely a sector fails, over time: six small charts on the same axes, three countries each.
import type { Forecast, Scenario } from "../api";
import { dayOf, minuteOf, percentOf } from "../frame/format";
import { capital, textOf, words } from "../words/words";
import { chancesOf, type SectorChance } from "./spill";

const DAY = 86_400_000;
const STEPS = [1 / 24, 2 / 24, 3 / 24, 6 / 24, 0.5, 1, 2, 7].map((days) => days * DAY);
const NEAR = 34; // No tick is written so close to "now".
const CHARTS = 6;
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [300, 214, 46, 300 - 78, 32, 214 - 24];

function Chart({ scenario, forecast, chance }: { scenario: Scenario; forecast: Forecast; chance: SectorChance }) {
    const { edges_ms: edges } = forecast;
    const from = forecast.made_at_ms;
    const to = Math.max(edges.at(-1) ?? from, from + 1);
    const x = (at: number): number => LEFT + ((RIGHT - LEFT) * (at - from)) / (to - from);
    const y = (ppm: number): number => BOTTOM - ((BOTTOM - TOP) * ppm) / 1_000_000;
    const step = STEPS.find((one) => (to - from) / one <= 3) ?? STEPS[STEPS.length - 1];
    const ticks = Array.from({ length: Math.floor(to / step) - Math.floor(from / step) }, (_, i) => (Math.floor(from / step) + 1 + i) * step).filter((at) => x(at) - x(from) > NEAR);
    const ends = chance.countries.map((one, place) => ({ ...one, place, y: y(one.by_ppm.at(-1) ?? 0) + 4.5 })).sort((a, b) => a.y - b.y);
    ends.forEach((end, place) => (end.y = place > 0 ? Math.max(end.y, ends[place - 1].y + 15) : end.y));
    const over = Math.max(0, (ends.at(-1)?.y ?? 0) - BOTTOM - 5);
    const name = capital(textOf(scenario.sectors[chance.sector].name));
    const said = chance.countries.map((one) => `${textOf(scenario.countries[one.country].name)} ${percentOf(one.by_ppm.at(-1) ?? 0)}`).join(", ");
    return (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words("page_chance_label", { sector: name, said })}>
            <text class="chart-name" x="0" y="15">
                {name}
            </text>
            {[0, 500_000, 1_000_000].map((ppm) => (
                <g key={ppm}>
                    <line class="grid-line" x1={LEFT} x2={RIGHT} y1={y(ppm)} y2={y(ppm)} />
                    <text class="axis" x={LEFT - 6} y={y(ppm) + 4} text-anchor="end">
                        {ppm === 1_000_000 ? "100 %" : ppm / 10_000}
                    </text>
                </g>
            ))}
            <text class="axis day" x={x(from)} y={HEIGHT - 6} text-anchor="middle">
                {words("page_now")}
            </text>
            {ticks.map((at) => (
                <text key={at} class="axis" x={x(at)} y={HEIGHT - 6} text-anchor="middle">
                    {at % DAY === 0 ? dayOf(at) : minuteOf(at)}
                </text>
            ))}
            {chance.countries.map((one, place) => (
                <path key={one.country} class={`trend-line at-${place}`} d={[one.down_now ? 1_000_000 : 0, ...one.by_ppm].map((ppm, i) => `${i ? "L" : "M"}${x(i === 0 ? from : Math.max(from, edges[i - 1])).toFixed(1)} ${y(ppm).toFixed(1)}`).join("")} />
            ))}
            {ends.map((end) => (
                <text key={end.country} class={`trend-name at-${end.place}`} x={RIGHT + 7} y={end.y - over}>
                    {`${scenario.countries[end.country].id.toUpperCase()} ${end.down_now ? words("page_down") : percentOf(end.by_ppm.at(-1) ?? 0)}`}
                </text>
            ))}
        </svg>
    );
}

export function Chances({ scenario, forecast }: { scenario: Scenario; forecast: Forecast }) {
    const chances = chancesOf(forecast, CHARTS);
    if (chances.length === 0) {
        return <p class="nothing">{words("page_chances_none")}</p>;
    }
    return (
        <div class="charts">
            {chances.map((chance) => (
                <Chart key={chance.sector} scenario={scenario} forecast={forecast} chance={chance} />
            ))}
        </div>
    );
}
