// SPDX-License-Identifier: Apache-2.0
// The situation page: what is down, whom it hits, what was sent; with an asset selected, why; or the
// matrix of what spilled over which border.
import { useEffect, useMemo, useState } from "preact/hooks";
import { Frame, type Page } from "../frame/frame";
import { countOf } from "../frame/format";
import { useKeys } from "../frame/keys";
import { type Land, loadLand } from "../map/land";
import { AssetMap } from "../map/map";
import { useKnown, useScenario } from "../store/store";
import { Matrix, SumChoice } from "../matrix/matrix";
import { Why } from "../why/why";
import { textOf, words } from "../words/words";
import { AssetsTable } from "./assets_table";
import { abnormal, countStatuses, passes, sectorsNow, strictest } from "./facts";
import { Filters, Legend } from "./filters";
import { Injects } from "./injects";
import { Sectors, Trend } from "./sectors";
import { Timeline } from "./timeline";
import { choose, useView } from "./view";

// The service that most people are without, for the header.
function Headline() {
    const scenario = useScenario();
    const view = useView();
    const state = useKnown((all) => all);
    const worst = sectorsNow(scenario, state, view)[0];
    return worst && worst.people_without > 0 ? (
        <div class="headline">
            <b>{countOf(worst.people_without)}</b> {words("page_people_without_of", { sector: textOf(scenario.sectors[worst.index].name) })}
        </div>
    ) : null;
}

// Whoever comes back from an asset is where they left.
let left: string | null = null;

function Overview({ land }: { land: Land | null }) {
    const scenario = useScenario();
    const view = useView();
    const assets = useKnown((state) => state.assets);
    const filtered = `${view.sector} ${view.country} ${view.cause}`;
    const key = view.cause ? assets : null; // Only the cause of an asset changes during play.
    const shown = useMemo(() => scenario.assets.map((asset, index) => passes(scenario, asset, assets[index], view)), [scenario, filtered, key]);
    const urgent = useMemo(() => abnormal(scenario, assets, view), [scenario, assets, filtered]);
    useEffect(() => {
        if (left !== null && land) {
            requestAnimationFrame(() => document.getElementById(`asset-${left}`)?.focus());
        }
    }, [land]);
    return (
        <main class="overview">
            <div class="column">
                <Sectors />
                <Trend />
            </div>
            <section class="panel picture" aria-label={words(view.kind === "table" ? "page_view_table" : "page_view_map")}>
                <Filters />
                {view.kind === "table" ? (
                    <AssetsTable />
                ) : (
                    <AssetMap scenario={scenario} states={assets} land={land} shown={shown} urgent={urgent} chain={null} selected={null} onSelect={(index) => choose({ asset: index === null ? null : scenario.assets[index].id })} />
                )}
                <Legend counts={countStatuses(scenario, assets, view)} />
            </section>
            <Timeline />
            <Injects />
        </main>
    );
}

export function Situation() {
    const scenario = useScenario();
    const view = useView();
    const injects = useKnown((state) => state.injects);
    const [land, setLand] = useState<Land | null>(null);
    useEffect(() => {
        void loadLand(scenario.assets).then(setLand);
    }, [scenario]);
    const selected = scenario.assets.findIndex(({ id }) => id === view.asset);
    left = view.asset ?? left;
    useKeys({
        Escape: () => choose(view.asset ? { asset: null, root: null } : { sector: null, country: null, cause: null }),
    });
    const matrix = view.kind === "matrix";
    const go = (page: Page): void => choose({ kind: page === "matrix" ? "matrix" : "map", asset: null, root: null });
    return (
        <Frame page={matrix ? "matrix" : "situation"} tlp={strictest(injects, view.ceiling, scenario.tlp)} ready={matrix || land !== null} big={view.big} onBig={(big) => choose({ big })} header={matrix ? <SumChoice /> : <Headline />} go={go}>
            {matrix ? <Matrix /> : selected >= 0 ? <Why asset={selected} land={land} /> : <Overview land={land} />}
        </Frame>
    );
}
