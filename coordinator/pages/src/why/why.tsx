// SPDX-License-Identifier: Apache-2.0
// The situation with an asset selected: why it is so, in words, on the map and over time; what it took
// down; what comes next; and what would be without a root.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AssetNow, ButFor, Scenario, Why as WhyAnswer } from "../api";
import { durationOf, momentOf, percentOf, shortOf } from "../frame/format";
import { Glyph } from "../frame/mark";
import type { Land } from "../map/land";
import { AssetMap } from "../map/map";
import type { Chain } from "../map/sheet";
import { countStatuses } from "../situation/facts";
import { Legend } from "../situation/filters";
import { choose, useView } from "../situation/view";
import { getButFor, getWhy } from "../store/command";
import { forecast, useKnown, useScenario } from "../store/store";
import { useValue } from "../store/value";
import { capital, textOf, words, wordsOf } from "../words/words";
import { ButForPanel } from "./but_for";
import { Diagram } from "./diagram";
import { type Story, tellStory } from "./story";

const AGAIN_MS = 2_000; // The answer is asked anew while things change, but not more often.
const ROOTS_MAX = 2;

// The server's answer for an asset, asked anew when states change; the last one stays until then.
function useWhy(asset: string, states: AssetNow[]): { why: WhyAnswer | null; failed: boolean } {
    const [answer, setAnswer] = useState<{ asset: string; why: WhyAnswer | null; failed: boolean }>({ asset, why: null, failed: false });
    const asked = useRef(-AGAIN_MS);
    useEffect(() => {
        let over = false;
        const wait = Math.max(0, answer.asset === asset ? asked.current + AGAIN_MS - performance.now() : 0);
        const timer = setTimeout(() => {
            asked.current = performance.now();
            getWhy(asset).then(
                (why) => over || setAnswer({ asset, why, failed: false }),
                () => over || setAnswer((before) => ({ asset, why: before.asset === asset ? before.why : null, failed: true })),
            );
        }, wait);
        return () => {
            over = true;
            clearTimeout(timer);
        };
    }, [asset, states]);
    return answer.asset === asset ? answer : { why: null, failed: false };
}

// What would be without each root that was chosen so far, for this asset.
function useButFor(asset: string, root: string | null): { butFor: ButFor | null; failed: boolean; spared: number } {
    const [answers, setAnswers] = useState(new Map<string, ButFor | null>());
    const key = `${asset} ${root}`;
    useEffect(() => {
        if (root && !answers.has(key)) {
            getButFor(asset, root).then(
                (answer) => setAnswers((before) => new Map(before).set(key, answer)),
                () => setAnswers((before) => new Map(before).set(key, null)),
            );
        }
    }, [key]);
    const spared = [...answers].filter(([name, answer]) => name.startsWith(`${asset} `) && answer?.without.asset_status === "normal" && answer.with.asset_status !== "normal").length;
    return { butFor: answers.get(key) ?? null, failed: answers.has(key) && !answers.get(key), spared };
}

function chainOf(scenario: Scenario, story: Story, self: number): Chain {
    const numbers = new Map<number, number>();
    story.rows.forEach(({ asset, number }) => numbers.has(asset) || numbers.set(asset, number));
    const arrows = story.rows.flatMap(({ cause, asset, part }): Chain["arrows"] => {
        const from = cause === null ? undefined : story.rows[cause - 1]?.asset;
        if (part === "next") {
            return scenario.links.some((link) => link.from === self && link.to === asset) ? [[self, asset, true]] : [];
        }
        return from === undefined || from === asset ? [] : [[from, asset, false]];
    });
    numbers.has(self) || numbers.set(self, story.rows.length + 1);
    return { numbers, arrows };
}

function Big({ value, note, kind = "" }: { value: string; note: string; kind?: string }) {
    return (
        <div class="big">
            <b class={kind}>{value}</b>
            <small>{note}</small>
        </div>
    );
}

// The asset, its state, and the two numbers that matter: how long it lasts, and how likely it fails.
function AssetHead({ index, now }: { index: number; now: number }) {
    const scenario = useScenario();
    const one = useKnown((state) => state.assets[index]);
    const seen = useValue(forecast);
    const asset = scenario.assets[index];
    const customers = useMemo(() => new Set(scenario.links.filter(({ from }) => from === index).map(({ to }) => to)).size, [scenario, index]);
    const ahead = seen?.assets.find((row) => row.asset === index);
    const chance = ahead && !ahead.down_now ? (ahead.by_ppm.at(-1) ?? 0) : null;
    const serves = [asset.people > 0 && words("page_why_serves", { people: shortOf(asset.people) }), customers > 0 && words("page_why_serves_assets", { assets: customers })].filter(Boolean).join(" ");
    const state = one.since_ms === null ? words("page_why_whole") : words("page_why_since", { state: capital(wordsOf("state_", one.status)), time: momentOf(one.since_ms, now), level: percentOf(one.service_ppm) });
    return (
        <div class="asset-head">
            <Glyph status={one.status} size={30} />
            <div class="asset-name">
                <h2 id="why-head">{textOf(asset.name)}</h2>
                <p>{`${asset.id}, ${textOf(scenario.sectors[asset.sector].name)}, ${scenario.countries[asset.country].id.toUpperCase()}. ${state} ${serves}`}</p>
            </div>
            {one.backup_ends_ms !== null && <Big kind="warn" value={momentOf(one.backup_ends_ms, now)} note={words("page_why_backup_ends", { time: durationOf(one.backup_ends_ms - now) })} />}
            {one.repair_ends_ms !== null && <Big value={momentOf(one.repair_ends_ms, now)} note={words("page_why_repair_ends", { time: durationOf(one.repair_ends_ms - now) })} />}
            {chance !== null && <Big value={percentOf(chance)} note={words("page_why_fails", { time: momentOf(seen!.edges_ms.at(-1) ?? now, now) })} />}
            <button class="close screen-only" aria-label={words("page_close")} title={words("page_close")} onClick={() => choose({ asset: null, root: null })}>
                ✕
            </button>
        </div>
    );
}

export function Why({ asset, land }: { asset: number; land: Land | null }) {
    const scenario = useScenario();
    const view = useView();
    const states = useKnown((state) => state.assets);
    const roots = useKnown((state) => state.roots);
    const now = useKnown((state) => state.clock.now_ms);
    const { id } = scenario.assets[asset];
    const { why, failed } = useWhy(id, states);
    const story = why ? tellStory(scenario, why, states, now) : null;
    const numbered = story?.rows.map((row) => row.asset).join() ?? "";
    const chain = useMemo((): Chain => (story ? chainOf(scenario, story, asset) : { numbers: new Map([[asset, 1]]), arrows: [] }), [numbered, asset]);
    const may = scenario.roles.control; // To work out an exercise anew is for control.
    const own = !may ? [] : why?.root ? [why.root, ...roots.filter((root) => root.id !== why.root!.id).sort((a, b) => b.person_hours - a.person_hours)].slice(0, ROOTS_MAX) : [];
    const { butFor, failed: cannot, spared } = useButFor(id, may ? view.root : null);
    const all = useMemo(() => scenario.assets.map(() => true), [scenario]);
    const urgent = states.filter((one) => one.status !== "normal" || chain.numbers.has(one.index)).map((one) => one.index).sort((a, b) => (chain.numbers.get(a) ?? 999) - (chain.numbers.get(b) ?? 999));
    const select = (index: number | null): void => choose({ asset: index === null ? null : scenario.assets[index].id, root: null });
    const head = useRef<HTMLElement>(null);
    useEffect(() => head.current?.focus(), [asset]);
    return (
        <main class="why">
            <section class="panel picture" aria-label={words("page_view_map")}>
                <AssetMap scenario={scenario} states={states} land={land} shown={all} urgent={urgent} chain={chain} selected={asset} onSelect={select} />
                <Legend counts={countStatuses(scenario, states, { ...view, sector: null, country: null, cause: null })} />
            </section>
            <ButForPanel roots={own} root={may ? view.root : null} butFor={butFor} may={may} failed={cannot} both={spared > 1} now={now} onChoose={(root) => choose({ root })} />
            <section class="panel why-panel" aria-labelledby="why-head" tabindex={-1} ref={head}>
                <AssetHead index={asset} now={now} />
                {story && story.rows.length > 0 ? (
                    <div class="scroll" tabindex={0} role="region" aria-labelledby="why-head">
                        <Diagram scenario={scenario} story={story} butFor={butFor} now={now} onSelect={select} />
                    </div>
                ) : (
                    <p class="nothing" role="status">{words(story ? "page_why_nothing" : failed ? "page_why_cannot" : "page_why_working")}</p>
                )}
            </section>
        </main>
    );
}
