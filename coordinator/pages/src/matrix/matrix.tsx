// SPDX-License-Identifier: Apache-2.0
// What spilled over which border, and what will: the matrix, one pair of it explained, the chances that
// sectors fail, and the roots by the harm they do.
import type { Forecast, Root } from "../api";
import { durationOf, momentOf, peopleOf, shortOf } from "../frame/format";
import { choose, useView } from "../situation/view";
import { askForecast } from "../store/command";
import { forecast as lastForecast, useKnown, useScenario } from "../store/store";
import { useValue } from "../store/value";
import { capital, textOf, words } from "../words/words";
import { Chances } from "./chances";
import { Grid, longName, Ramp, shortName } from "./grid";
import { roadsOf, rootsByHarm, type Spill, spillOf } from "./spill";

const ROADS_MAX = 5;
const ROOTS_MAX = 9;

const unitWords = (unit: Spill["unit"]): string => words(unit === 1 ? "page_unit_one" : unit === 1_000 ? "page_unit_thousand" : "page_unit_million");

function Pair({ spill, row, column }: { spill: Spill; row: number; column: number }) {
    const scenario = useScenario();
    const view = useView();
    const state = useKnown((all) => all);
    const [from, hit] = [spill.lines[row], spill.lines[column]];
    const hours = spill.cells[row][column];
    const roads = roadsOf(scenario, state, from.members, hit.members);
    const most = Math.max(1, ...roads.map(({ people }) => people));
    const people = roads.reduce((sum, road) => sum + road.people, 0);
    const assets = roads.reduce((sum, road) => sum + road.assets, 0);
    const home = row === column ? null : spill.cells[column]?.[column];
    return (
        <section class="panel pair" aria-labelledby="pair-head" aria-live="polite">
            <div class="head tall">
                <h2 id="pair-head">{`${longName(scenario, from)} → ${longName(scenario, hit)}`}</h2>
                <span>{words(view.sum === "forecast" ? "page_pair_forecast" : "page_pair_so_far")}</span>
            </div>
            <div class="pair-body">
                <dl>
                    <div>
                        <dt>{words("page_pair_hours", { hit: longName(scenario, hit), from: longName(scenario, from) })}</dt>
                        <dd class="first">{shortOf(hours)}</dd>
                    </div>
                    <div>
                        <dt>{words("page_pair_share", { hit: longName(scenario, hit) })}</dt>
                        <dd>{hit.hit > 0 ? `${Math.round((100 * hours) / hit.hit)} %` : "–"}</dd>
                    </div>
                    {home !== null && home !== undefined && home > 0 && (
                        <div>
                            <dt>{words("page_pair_home", { hit: longName(scenario, hit) })}</dt>
                            <dd>{`${(hours / home).toFixed(hours / home < 10 ? 1 : 0)} ×`}</dd>
                        </div>
                    )}
                    <div>
                        <dt>{words("page_pair_now", { assets })}</dt>
                        <dd>{peopleOf(people)}</dd>
                    </div>
                </dl>
                <table class="roads">
                    <caption>{words("page_pair_roads")}</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="left">{words("page_sector")}</th>
                            <th scope="col"><span class="unseen">{words("page_people")}</span></th>
                            <th scope="col">{words("page_pair_assets")}</th>
                            <th scope="col">{words("page_people")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {roads.slice(0, ROADS_MAX).map((road) => (
                            <tr key={road.sector}>
                                <th scope="row" class="left">{capital(textOf(scenario.sectors[road.sector].name))}</th>
                                <td class="road-bar">
                                    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                                        <rect class="level-back" width="100" height="10" />
                                        <rect class="abroad" width={(100 * road.people) / most} height="10" />
                                    </svg>
                                </td>
                                <td class="muted">{road.assets}</td>
                                <td class="strong">{peopleOf(road.people)}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
                {roads.length === 0 && <p class="muted">{words("page_pair_nothing")}</p>}
            </div>
        </section>
    );
}

function Roots({ roots, now }: { roots: Root[]; now: number }) {
    const scenario = useScenario();
    const worst = rootsByHarm(roots);
    const most = Math.max(1, ...worst.map((root) => root.person_hours));
    return (
        <section class="panel roots" aria-labelledby="roots-head">
            <div class="head tall">
                <h2 id="roots-head">{words("page_roots")}</h2>
                <span>{words("page_roots_order")}</span>
            </div>
            {worst.length === 0 ? (
                <p class="nothing">{words("page_roots_none")}</p>
            ) : (
                <table>
                    <thead>
                        <tr>
                            <th scope="col">#</th>
                            <th scope="col" class="left">{words("page_root")}</th>
                            <th scope="col">{words("page_since")}</th>
                            <th scope="col"><span class="unseen">{words("page_person_hours")}</span></th>
                            <th scope="col">{words("page_person_hours")}</th>
                            <th scope="col">{words("page_assets_down")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {worst.slice(0, ROOTS_MAX).map((root, place) => (
                            <tr key={root.id}>
                                <td class="muted">{place + 1}</td>
                                <th scope="row" class="left">
                                    {root.country !== null && <span class="chip">{scenario.countries[root.country].id.toUpperCase()}</span>}{" "}
                                    <button class="quiet" onClick={() => choose({ kind: "map", cause: root.id, asset: null })}>
                                        {capital(textOf(root.name))}
                                    </button>
                                </th>
                                <td>{momentOf(root.at_ms, now)}</td>
                                <td class="root-bar">
                                    <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
                                        <rect class="abroad" width={(100 * root.person_hours) / most} height="12" />
                                    </svg>
                                </td>
                                <td class="strong">{shortOf(root.person_hours)}</td>
                                <td class="muted">{root.assets_down}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
        </section>
    );
}

function Ahead({ forecast, now }: { forecast: Forecast | null; now: number }) {
    const scenario = useScenario();
    return (
        <section class="panel chances" aria-labelledby="chances-head">
            <div class="head tall">
                <h2 id="chances-head">{words("page_chances")}</h2>
                {forecast && <span>{words("page_chances_made", { replicas: forecast.replicas, time: durationOf(now - forecast.made_at_ms) })}</span>}
            </div>
            {forecast ? (
                <Chances scenario={scenario} forecast={forecast} />
            ) : (
                <p class="nothing">
                    {words("page_forecast_none")} {scenario.roles.control && <button onClick={() => void askForecast()}>{words("page_forecast_ask")}</button>}
                </p>
            )}
        </section>
    );
}

// The chosen pair: by the address, else the largest that crosses a border.
function pairOf(pair: string | null, spill: Spill, name: (place: number) => string): [number, number] | null {
    const places = spill.lines.map((_, place) => place);
    const columns = places.filter((place) => spill.lines[place].members.length > 0);
    const all = places.flatMap((row) => columns.map((column): [number, number] => [row, column]));
    const asked = all.find(([row, column]) => `${name(row)}-${name(column)}` === pair);
    const abroad = all.filter(([row, column]) => row !== column).sort((a, b) => spill.cells[b[0]][b[1]] - spill.cells[a[0]][a[1]]);
    return asked ?? abroad[0] ?? all[0] ?? null;
}

export function Matrix() {
    const scenario = useScenario();
    const view = useView();
    const matrix = useKnown((state) => state.matrix);
    const roots = useKnown((state) => state.roots);
    const now = useKnown((state) => state.clock.now_ms);
    const forecast = useValue(lastForecast);
    const ahead = view.sum === "forecast" && forecast !== null;
    const spill = spillOf(scenario, ahead ? forecast.matrix : matrix.person_hours);
    const name = (place: number): string => shortName(scenario, spill.lines[place]).toLowerCase();
    const chosen = pairOf(view.pair, spill, name);
    const what = ahead
        ? words("page_matrix_forecast", { unit: unitWords(spill.unit), replicas: forecast.replicas })
        : words("page_matrix_so_far", { unit: unitWords(spill.unit) });
    return (
        <main class="spill">
            <section class="panel matrix" aria-labelledby="matrix-head">
                <div class="head tall">
                    <h2 id="matrix-head">{words("page_view_matrix")}</h2>
                    <span>{what}</span>
                    <span class="right"><Ramp spill={spill} /></span>
                </div>
                <Grid scenario={scenario} spill={spill} chosen={chosen} onChoose={(row, column) => choose({ pair: `${name(row)}-${name(column)}` })} />
            </section>
            {chosen && <Pair spill={spill} row={chosen[0]} column={chosen[1]} />}
            <Ahead forecast={forecast} now={now} />
            <Roots roots={roots} now={now} />
        </main>
    );
}

// Of which time the matrix tells, for the header.
export function SumChoice() {
    const view = useView();
    const there = useValue(lastForecast, (forecast) => forecast !== null);
    return (
        <div class="choice large" role="group" aria-label={words("page_span")}>
            <button aria-pressed={view.sum === "so_far" || !there} onClick={() => choose({ sum: "so_far" })}>
                {words("page_sum_so_far")}
            </button>
            <button aria-pressed={view.sum === "forecast" && there} disabled={!there} title={there ? undefined : words("page_forecast_none")} onClick={() => choose({ sum: "forecast" })}>
                {words("page_sum_forecast")}
            </button>
        </div>
    );
}
