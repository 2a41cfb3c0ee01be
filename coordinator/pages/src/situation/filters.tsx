// SPDX-License-Identifier: Apache-2.0
// What to show: sector, country, cause, the ceiling of the page, map or table; and the legend, which
// counts what is shown.
import type { AssetStatus } from "../api";
import { Glyph, STATUSES, tlpLabel, TLPS } from "../frame/mark";
import { useKnown, useScenario } from "../store/store";
import { textOf, words, wordsOf } from "../words/words";
import { choose, type Kind, useView, type View } from "./view";

interface Option {
    id: string;
    name: string;
}

function Pick({ label, all, value, options, onChoose }: { label: string; all: string; value: string | null; options: Option[]; onChoose: (id: string | null) => void }) {
    return (
        <select aria-label={label} class={value ? "set" : undefined} value={value ?? ""} onChange={(event) => onChoose(event.currentTarget.value || null)}>
            <option value="">{all}</option>
            {options.map(({ id, name }) => (
                <option key={id} value={id}>
                    {name}
                </option>
            ))}
        </select>
    );
}

const byName = (a: Option, b: Option): number => a.name.localeCompare(b.name);

export function Filters() {
    const scenario = useScenario();
    const view = useView();
    const roots = useKnown((state) => state.roots);
    const kinds: Kind[] = ["map", "table"];
    return (
        <div class="head filters screen-only">
            <Pick label={words("page_sector")} all={words("page_all_sectors")} value={view.sector} options={scenario.sectors.map(({ id, name }) => ({ id, name: textOf(name) })).sort(byName)} onChoose={(sector) => choose({ sector })} />
            <Pick label={words("page_country")} all={words("page_all_countries")} value={view.country} options={scenario.countries.map(({ id, name }) => ({ id, name: textOf(name) })).sort(byName)} onChoose={(country) => choose({ country })} />
            <Pick label={words("page_cause")} all={words("page_all_causes")} value={view.cause} options={roots.map(({ id, name }) => ({ id, name: textOf(name) }))} onChoose={(cause) => choose({ cause })} />
            <Pick label={words("page_ceiling")} all={words("page_no_ceiling")} value={view.ceiling} options={TLPS.map((level) => ({ id: level, name: words("page_up_to", { level: tlpLabel(level) }) }))} onChoose={(ceiling) => choose({ ceiling: ceiling as View["ceiling"] })} />
            <div class="choice right" role="group" aria-label={words("page_view")}>
                {kinds.map((kind) => (
                    <button key={kind} aria-pressed={view.kind === kind} onClick={() => choose({ kind })}>
                        {words(`page_view_${kind as "map" | "table"}`)}
                    </button>
                ))}
            </div>
        </div>
    );
}

export function Legend({ counts }: { counts: Record<AssetStatus, number> }) {
    return (
        <ul class="legend" aria-label={words("page_legend")}>
            {STATUSES.map((status) => (
                <li key={status}>
                    <Glyph status={status} />
                    <b>{counts[status]}</b> {wordsOf("state_", status)}
                </li>
            ))}
        </ul>
    );
}
