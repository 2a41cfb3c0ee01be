// SPDX-License-Identifier: Apache-2.0
// The map's twin: every asset that passes the filters, the most urgent first.
import { momentOf, percentOf, shortOf } from "../frame/format";
import { Glyph } from "../frame/mark";
import { useKnown, useScenario } from "../store/store";
import { textOf, words, wordsOf } from "../words/words";
import { abnormal, passes } from "./facts";
import { choose, useView } from "./view";

const ROWS_MAX = 400;

export function AssetsTable() {
    const scenario = useScenario();
    const view = useView();
    const assets = useKnown((state) => state.assets);
    const roots = useKnown((state) => state.roots);
    const now = useKnown((state) => state.clock.now_ms);
    const first = abnormal(scenario, assets, view);
    const rest = assets.filter((one) => one.status === "normal" && passes(scenario, scenario.assets[one.index], one, view)).map((one) => one.index);
    const all = [...first, ...rest];
    return (
        <div class="scroll" tabindex={0} role="region" aria-label={words("page_assets_label")}>
            <table class="assets">
                <thead>
                    <tr>
                        <th scope="col" class="left">{words("page_asset")}</th>
                        <th scope="col" class="left">{words("page_state")}</th>
                        <th scope="col">{words("page_service")}</th>
                        <th scope="col">{words("page_since")}</th>
                        <th scope="col" class="left">{words("page_sector")}</th>
                        <th scope="col" class="left">{words("page_country")}</th>
                        <th scope="col">{words("page_people")}</th>
                        <th scope="col">{words("page_backup_ends")}</th>
                        <th scope="col" class="left">{words("page_cause")}</th>
                    </tr>
                </thead>
                <tbody>
                    {all.slice(0, ROWS_MAX).map((index) => {
                        const asset = scenario.assets[index];
                        const one = assets[index];
                        const root = roots.find(({ id }) => id === one.root);
                        return (
                            <tr key={asset.id} class={one.status === "normal" ? "muted" : ""}>
                                <th scope="row" class="left">
                                    <button class="quiet" onClick={() => choose({ asset: asset.id, kind: "map" })}>
                                        {textOf(asset.name)}
                                    </button>
                                </th>
                                <td class="left">
                                    <Glyph status={one.status} size={16} /> {wordsOf("state_", one.status)}
                                </td>
                                <td>{percentOf(one.service_ppm)}</td>
                                <td>{one.since_ms === null ? "" : momentOf(one.since_ms, now)}</td>
                                <td class="left">{textOf(scenario.sectors[asset.sector].name)}</td>
                                <td class="left">{scenario.countries[asset.country].id.toUpperCase()}</td>
                                <td>{asset.people > 0 ? shortOf(asset.people) : ""}</td>
                                <td class={one.backup_ends_ms === null ? "" : "warn"}>{one.backup_ends_ms === null ? "" : momentOf(one.backup_ends_ms, now)}</td>
                                <td class="left">{root ? textOf(root.name) : ""}</td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            {all.length > ROWS_MAX && <p class="nothing">{words("page_rows_more", { count: all.length - ROWS_MAX })}</p>}
        </div>
    );
}
