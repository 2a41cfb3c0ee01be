// SPDX-License-Identifier: Apache-2.0
// What the model proposes: to whom, which text, why, and what comes next; and what silence means.
import { durationOf, percentOf } from "../frame/format";
import { TlpChip } from "../frame/mark";
import { textOf, words } from "../words/words";
import { act } from "./act";
import { useGuard } from "./guard";
import type { Live } from "./live";
import { DELAY_MS, type Proposal, proposals } from "./logic/proposals";
import { openDialog } from "./open";
import { Condition, Panel, Receivers, Said, SignMark } from "./parts";

const HURRY_MS = 5 * 60_000;

function Silence({ leftMs }: { leftMs: number | null }) {
    if (leftMs === null) {
        return <span class="silence muted">{words("page_control_waits_for_you")}</span>;
    }
    const [before, after] = words("page_control_passes", { time: "\n" }).split("\n");
    return (
        <span class={leftMs < HURRY_MS ? "silence hurry" : "silence muted"}>
            {before}
            <b>{durationOf(leftMs)}</b>
            {after}
        </span>
    );
}

// Why, when no asset stands behind it: the condition that holds, or some rule.
function Because({ inject }: { inject: Proposal["inject"] }) {
    return inject.condition ? <Condition of={inject.condition} /> : <span class="muted">{words("page_control_rule")}</span>;
}

function Facts({ live, inject }: { live: Live; inject: Proposal["inject"] }) {
    const name = (asset: number) => textOf(live.scenario.assets[asset]?.name);
    return (
        <dl>
            <dt>{words("page_control_to")}</dt>
            <dd class="to">
                <Receivers to={inject.to} most={4} />
                <span class="muted channel">{inject.channel}</span>
                <TlpChip level={inject.tlp} />
                <span class="muted id">{inject.id}</span>
            </dd>
            <dt>{words("page_control_text")}</dt>
            <dd class="text">
                <Said text={inject.text} />
            </dd>
            <dt>{words("page_control_why")}</dt>
            <dd class="chain">
                {inject.because.length === 0 && <Because inject={inject} />}
                {inject.because.map((each) => (
                    <span key={each.asset}>{textOf(each.words)}</span>
                ))}
            </dd>
            <dt>{words("page_control_what_next")}</dt>
            <dd class="effects">
                {inject.next.length === 0 && <span class="muted">{words("page_control_next_unknown")}</span>}
                {inject.next.map((each) => (
                    <span key={each.asset}>
                        {name(each.asset)} <b>{percentOf(each.chance_ppm)}</b>
                    </span>
                ))}
            </dd>
        </dl>
    );
}

function Card({ live, proposal, first }: { live: Live; proposal: Proposal; first: boolean }) {
    const { inject, leftMs, delayToMs } = proposal;
    const title = textOf(inject.title);
    const asset = inject.because[0]?.asset;
    return (
        <li class="proposal">
            <div class="line">
                <SignMark sign="proposed" />
                <h3>
                    <button class="plain" aria-haspopup="dialog" onClick={() => openDialog({ kind: "inject", inject: inject.id })}>
                        <Said text={inject.title} />
                    </button>
                </h3>
                <Silence leftMs={leftMs} />
            </div>
            <Facts live={live} inject={inject} />
            <div class="buttons" role="group" aria-label={title}>
                <button
                    id={`proposal-${inject.id}`}
                    class={first ? "filled" : undefined}
                    onClick={() => act({ do: "approve", inject: inject.id }, words("page_control_did_approve", { title }))}
                >
                    {words("page_control_approve")}
                </button>
                <button aria-haspopup="dialog" onClick={() => openDialog({ kind: "edit", inject: inject.id })}>
                    {words("page_control_edit")}
                </button>
                <button
                    onClick={() =>
                        act(
                            { do: "delay", inject: inject.id, until_ms: delayToMs },
                            words("page_control_did_delay", { title }),
                        )
                    }
                >
                    {words("page_control_delay", { count: DELAY_MS / 60_000 })}
                </button>
                <button onClick={() => act({ do: "veto", inject: inject.id }, words("page_control_did_veto", { title }))}>
                    {words("page_control_veto")}
                </button>
                {asset !== undefined && (
                    <a class="button quiet" href={`/?asset=${encodeURIComponent(live.scenario.assets[asset].id)}`}>
                        {words("page_control_chain")}
                    </a>
                )}
            </div>
        </li>
    );
}

const MANY = 2; // From here on proposals need all of the column.

export const hasMany = ({ state, scenario }: Live): boolean => proposals(state, scenario.ends_ms).length >= MANY;

export function Decide({ live }: { live: Live }) {
    const all = proposals(live.state, live.scenario.ends_ms);
    const guard = useGuard(all.map((each) => each.inject.id));
    const title = words("page_control_proposed");
    return (
        <Panel
            name={all.length < MANY ? "decide few" : "decide"}
            title={title}
            beside={words("page_control_to_decide", { count: all.length })}
            right={words("page_control_least_first")}
        >
            {all.length === 0 ? (
                <p class="empty">{words("page_control_none_proposed")}</p>
            ) : (
                <ul class={`scroll cards-${Math.min(all.length, 3)}`} tabIndex={0} aria-label={title} onClickCapture={guard}>
                    {all.map((proposal, i) => (
                        <Card key={proposal.inject.id} live={live} proposal={proposal} first={i === 0} />
                    ))}
                </ul>
            )}
        </Panel>
    );
}
