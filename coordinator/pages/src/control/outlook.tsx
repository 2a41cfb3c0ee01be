// SPDX-License-Identifier: Apache-2.0
// The forecast from now: a sentence with its number first, the chances behind it over time, and a
// table of sectors and countries.
import { useState } from "preact/hooks";
import type { Forecast, Index } from "../api";
import { countOf, durationOf, momentOf, percentOf } from "../frame/format";
import { Glyph } from "../frame/mark";
import { askForecast } from "../store/command";
import { forecast as heard } from "../store/store";
import { useValue } from "../store/value";
import { textOf, words } from "../words/words";
import { OutlookChart } from "./chart";
import type { Live } from "./live";
import { type Chance, edgeIndex, isStale, LIKELY_PPM, outlookGrid } from "./logic/outlook";
import { openDialog } from "./open";
import { Panel } from "./parts";

const SHOWN = { rows: 7, columns: 6 };
const FINE_MS = 100_000; // Below this an age is told in seconds.
const WITHIN_MS = 60 * 60_000; // When no sentence says how far.

const within = (forecast: Forecast): number => forecast.headline?.within_ms ?? WITHIN_MS;

const ageOf = (ms: number): string =>
    ms < FINE_MS ? words("page_control_seconds", { count: Math.max(0, Math.floor(ms / 1_000)) }) : durationOf(ms);

// A square or a number, and a bar for those who look from afar.
function ChanceCell({ chance }: { chance: Chance | null }) {
    if (chance === null) {
        return <div class="chance none">–</div>;
    }
    if (chance.down) {
        return (
            <div class="chance none">
                <Glyph status="failed" size={16} label />
            </div>
        );
    }
    const level = chance.ppm >= LIKELY_PPM ? "likely" : chance.ppm < 100_000 ? "slight" : "";
    return (
        <div class={`chance ${level}`}>
            <i style={{ width: `${chance.ppm / 10_000}%` }} />
            {percentOf(chance.ppm).replace(" %", "")}
        </div>
    );
}

export function ChanceTable({ live, forecast, edge, shown }: { live: Live; forecast: Forecast; edge: number; shown: typeof SHOWN }) {
    const { scenario } = live;
    const size = { countries: scenario.countries.length, sectors: scenario.sectors.length };
    const grid = outlookGrid(forecast, size, edge, shown);
    const country = (index: Index) => scenario.countries[index];
    const by = momentOf(grid.atMs, live.state.clock.now_ms);
    return (
        <table class="chances">
            <thead>
                <tr>
                    <th scope="col">{words("page_control_percent_by", { time: by })}</th>
                    {grid.countries.map((each) => (
                        <th key={each} scope="col">
                            <abbr title={textOf(country(each).name)}>{country(each).id.toUpperCase()}</abbr>
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>
                {grid.rows.map((row) => (
                    <tr key={row.sector}>
                        <th scope="row">{textOf(scenario.sectors[row.sector].name)}</th>
                        {row.chances.map((chance, i) => (
                            <td key={grid.countries[i]}>
                                <ChanceCell chance={chance} />
                            </td>
                        ))}
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function Sentence({ live, forecast }: { live: Live; forecast: Forecast }) {
    const headline = forecast.headline;
    if (headline === null) {
        return <p class="sentence">{words("page_control_nothing_likely")}</p>;
    }
    const { scenario } = live;
    const before = headline.before_ppm;
    return (
        <p class="sentence">
            <b>{percentOf(headline.chance_ppm)}</b>{" "}
            {words("page_control_headline", {
                sector: textOf(scenario.sectors[headline.sector].name),
                country: textOf(scenario.countries[headline.country].name),
                time: durationOf(headline.within_ms),
            })}{" "}
            {before !== null && <small>{words("page_control_was", { chance: percentOf(before) })}</small>}
        </p>
    );
}

function AskButton({ live, label }: { live: Live; label: string }) {
    const [asked, setAsked] = useState(false);
    const able = live.state.clock.state === "running" || live.state.clock.state === "paused";
    return (
        <button
            class="filled"
            disabled={asked || !able}
            onClick={() => {
                setAsked(true);
                void askForecast().finally(() => setAsked(false));
            }}
        >
            {label}
        </button>
    );
}

export function Outlook({ live }: { live: Live }) {
    const forecast = useValue(heard);
    const title = words("page_control_forecast");
    if (forecast === null) {
        return (
            <Panel name="outlook" title={title}>
                <div class="empty">
                    <p>{words("page_control_no_forecast")}</p>
                    <AskButton live={live} label={words("page_control_ask_forecast")} />
                </div>
            </Panel>
        );
    }
    const now = live.state.clock.now_ms;
    const stale = isStale(forecast, now);
    const edge = edgeIndex(forecast, within(forecast));
    const age = words("page_control_age", {
        count: countOf(forecast.replicas),
        time: ageOf((live.wallUs - forecast.made_at_us) / 1_000),
    });
    return (
        <Panel
            name={stale ? "outlook stale" : "outlook"}
            title={stale ? words("page_control_forecast_of", { time: momentOf(forecast.made_at_ms, now) }) : title}
            beside={stale ? undefined : age}
            right={
                <>
                    {stale && <AskButton live={live} label={words("page_control_ask_again")} />}
                    <button class="quiet" aria-haspopup="dialog" onClick={() => openDialog({ kind: "forecast" })}>
                        {words("page_control_all_sectors")}
                    </button>
                </>
            }
        >
            <Sentence live={live} forecast={forecast} />
            <div class="body">
                <figure>
                    <figcaption>{words("page_control_chances")}</figcaption>
                    <OutlookChart live={live} forecast={forecast} edge={edge} />
                </figure>
                <ChanceTable live={live} forecast={forecast} edge={edge} shown={SHOWN} />
            </div>
        </Panel>
    );
}
