// SPDX-License-Identifier: Apache-2.0
// Sectors: service level and the people without it, the worst first; and how that went so far.
import { countOf, durationOf, minuteOf, peopleOf, percentOf, shortOf } from "../frame/format";
import { useKnown, useScenario } from "../store/store";
import { capital, textOf, words } from "../words/words";
import { levelStatus, sectorsNow } from "./facts";
import { choose, useView } from "./view";

export function Sectors() {
    const scenario = useScenario();
    const view = useView();
    const state = useKnown((all) => all);
    const rows = sectorsNow(scenario, state, view);
    return (
        <section class="panel sectors" aria-labelledby="sectors-head">
            <h2 id="sectors-head">{words("page_sectors")}</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="left">
                            {words("page_sector")}
                        </th>
                        <th scope="col" class="left">
                            {words("page_service")}
                        </th>
                        <th scope="col">{words("page_without")}</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map(({ index, service_ppm, affected, assets, people_without }) => {
                        const { id, name } = scenario.sectors[index];
                        const status = levelStatus(service_ppm);
                        return (
                            <tr key={id} title={words("page_affected", { affected, assets })}>
                                <th scope="row" class="left">
                                    <button class="quiet" aria-pressed={view.sector === id} onClick={() => choose({ sector: view.sector === id ? null : id })}>
                                        {capital(textOf(name))}
                                    </button>
                                </th>
                                <td class={`service ${status === "normal" ? "" : "strong"}`}>
                                    <svg class="level" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                                        <rect class="level-back" width="100" height="8" />
                                        <rect class={`level-bar ${status}`} width={service_ppm / 10_000} height="8" />
                                    </svg>
                                    {percentOf(service_ppm)}
                                </td>
                                <td class={people_without > 0 ? "strong" : "dim"}>{people_without > 0 ? peopleOf(people_without) : "0"}</td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </section>
    );
}

const WORST = 3; // As many lines as can be told apart.
const DAYS = [1, 2, 3, 6, 12, 24, 48].map((hours) => hours * 3_600_000); // Steps of the time axis.

// The people without the services that are worst now, over time; the table of sectors is its twin.
export function Trend() {
    const scenario = useScenario();
    const history = useKnown((state) => state.indicators.history);
    const now = useKnown((state) => state.clock.now_ms);
    const last = history.at(-1)?.people_without ?? [];
    const worst = last
        .map((people, index) => ({ people, index }))
        .filter(({ people }) => people > 0)
        .sort((a, b) => b.people - a.people)
        .slice(0, WORST);
    const most = Math.max(1, ...history.flatMap((row) => worst.map(({ index }) => row.people_without[index])));
    const [left, right, top, bottom, width, height] = [48, 332 - 132, 12, 158, 332, 184];
    const x = (at: number): number => left + ((right - left) * at) / Math.max(now, 1);
    const y = (people: number): number => bottom - ((bottom - top) * people) / most;
    const step = DAYS.find((one) => now / one <= 3.4) ?? DAYS[DAYS.length - 1];
    const ends = worst.map(({ people, index }) => ({ index, y: y(people) + 4 })).sort((a, b) => a.y - b.y);
    ends.forEach((end, place) => (end.y = place > 0 ? Math.max(end.y, ends[place - 1].y + 15) : end.y));
    const over = Math.max(0, (ends.at(-1)?.y ?? 0) - bottom - 4);
    return (
        <section class="panel trend" aria-labelledby="trend-head">
            <h2 id="trend-head">{words("page_trend")}</h2>
            {worst.length === 0 ? (
                <p class="nothing">{words("page_trend_nobody")}</p>
            ) : (
                <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={worst.map(({ index, people }) => `${textOf(scenario.sectors[index].name)}: ${countOf(people)}`).join("; ")}>
                    {[0, 0.5, 1].map((share) => (
                        <g key={share}>
                            <line class="grid-line" x1={left} x2={right} y1={y(share * most)} y2={y(share * most)} />
                            <text class="axis" x={left - 6} y={y(share * most) + 4} text-anchor="end">
                                {share === 0 ? "0" : shortOf(share * most)}
                            </text>
                        </g>
                    ))}
                    {Array.from({ length: Math.floor(now / step) + 1 }, (_, i) => i * step).map((at) => (
                        <text key={at} class="axis" x={x(at)} y={height - 8} text-anchor="middle">
                            {at < 86_400_000 ? minuteOf(at) : durationOf(at)}
                        </text>
                    ))}
                    {worst.map(({ index }, place) => (
                        <path key={index} class={`trend-line at-${place}`} d={history.map((row, i) => `${i ? "L" : "M"}${x(row.at_ms).toFixed(1)} ${y(row.people_without[index]).toFixed(1)}`).join("")} />
                    ))}
                    {ends.map(({ index, y: at }) => (
                        <text key={index} class={`trend-name at-${worst.findIndex((one) => one.index === index)}`} x={right + 6} y={at - over}>
                            {capital(textOf(scenario.sectors[index].name))}
                        </text>
                    ))}
                </svg>
            )}
        </section>
    );
}
