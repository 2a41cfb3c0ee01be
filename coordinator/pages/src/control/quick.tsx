// SPDX-License-Identifier: Apache-2.0
// Quick inject: an inject that the director writes now. Lost cells are red, so that nobody sends to
// one unawares; cells that are not cleared for its label cannot be chosen.
import { useContext, useEffect } from "preact/hooks";
import type { ScenarioCell } from "../api";
import { TLPS, tlpLabel } from "../frame/mark";
import { useValue, Value } from "../store/value";
import { textOf, words } from "../words/words";
import { act } from "./act";
import type { Live } from "./live";
import {
    type Draft,
    DRAFT_TYPES,
    draftCommand,
    draftFaults,
    draftFrom,
    draftSources,
    EMPTY_DRAFT,
    isCleared,
    toggleReceiver,
} from "./logic/draft";
import { Choice, Lost, LostMark, Panel } from "./parts";

// Outside of the component, and kept in this tab: a draft outlives a change of language and a look at
// another page.
const KEPT = "spillover-draft";
function kept(): Draft {
    try {
        return { ...EMPTY_DRAFT, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
    } catch {
        return EMPTY_DRAFT;
    }
}
const draft = new Value<Draft>(kept());
draft.watch(() => sessionStorage.setItem(KEPT, JSON.stringify(draft.get())));
const change = (part: Partial<Draft>): void => draft.set({ ...draft.get(), ...part });

function Receiver({ cell, live }: { cell: ScenarioCell; live: Live }) {
    const now = useValue(draft);
    const lost = useContext(Lost).has(cell.id);
    const cleared = isCleared(cell.clearance, now.tlp);
    const chosen = now.to.includes(cell.id);
    return (
        <button
            type="button"
            class={lost ? "lost" : undefined}
            aria-pressed={chosen}
            disabled={!cleared && !chosen}
            title={cleared ? textOf(cell.name) : words("page_control_not_cleared", { cells: cell.id })}
            onClick={() => draft.set(toggleReceiver(draft.get(), cell.id, live.scenario))}
        >
            {lost && <LostMark />}
            {cell.id}
            {lost && <span class="unseen"> ({words("page_control_lost")})</span>}
        </button>
    );
}

function Source({ live }: { live: Live }) {
    const now = useValue(draft);
    const choose = (id: string): void => {
        const inject = live.state.injects.find((each) => each.id === id);
        draft.set(inject ? draftFrom(inject, textOf) : EMPTY_DRAFT);
    };
    return (
        <select
            class="source"
            aria-label={words("page_control_start_from")}
            value={now.replaces}
            onChange={(event) => choose(event.currentTarget.value)}
        >
            <option value="">{words("page_control_start_empty")}</option>
            {draftSources(live.state.injects).map((inject) => (
                <option key={inject.id} value={inject.id}>
                    {inject.id} · {textOf(inject.title)}
                </option>
            ))}
        </select>
    );
}

// What the first thing is that keeps the draft from being sent; "" when it may go.
function faultWords(now: Draft, live: Live): string {
    const [fault] = draftFaults(now, live.scenario);
    switch (fault) {
        case undefined:
            return "";
        case "not_cleared": {
            const barred = live.scenario.cells.filter(
                (cell) => now.to.includes(cell.id) && !isCleared(cell.clearance, now.tlp),
            );
            return words("page_control_not_cleared", { cells: barred.map((cell) => cell.id).join(", ") });
        }
        default:
            return words(`page_control_${fault}`);
    }
}

async function send(): Promise<void> {
    const now = draft.get();
    const done = words("page_control_did_send", { title: now.title.trim(), cells: now.to.join(", ") });
    if (await act(draftCommand(now), done)) {
        draft.set(EMPTY_DRAFT);
    }
}

function sendWords(count: number): string {
    if (count < 2) {
        return words(count === 0 ? "page_control_send_now" : "page_control_send_one");
    }
    return words("page_control_send_many", { count });
}

function How({ live }: { live: Live }) {
    const now = useValue(draft);
    const channels = [...new Set(live.state.injects.map((inject) => inject.channel))].filter(Boolean).sort();
    return (
        <div class="how">
            <select
                aria-label={words("page_control_type")}
                value={now.type}
                onChange={(event) => change({ type: event.currentTarget.value })}
            >
                {DRAFT_TYPES.map((type) => (
                    <option key={type} value={type}>
                        {words(`inject_${type}`)}
                    </option>
                ))}
            </select>
            <input
                aria-label={words("page_control_channel")}
                placeholder={words("page_control_channel")}
                list="channels"
                maxLength={63}
                value={now.channel}
                onInput={(event) => change({ channel: event.currentTarget.value })}
            />
            <datalist id="channels">
                {channels.map((channel) => (
                    <option key={channel} value={channel} />
                ))}
            </datalist>
            <Choice
                label="TLP"
                options={TLPS}
                chosen={now.tlp}
                show={(tlp) => tlpLabel(tlp).slice(4)}
                choose={(tlp) => change({ tlp })}
            />
        </div>
    );
}

export function QuickInject({ live }: { live: Live }) {
    const now = useValue(draft);
    const fault = faultWords(now, live);
    useEffect(() => {
        const here = live.scenario.cells.map((cell) => cell.id);
        change({ to: draft.get().to.filter((cell) => here.includes(cell)) }); // It may be of another scenario.
    }, []);
    const running = live.state.clock.state === "running" || live.state.clock.state === "paused";
    return (
        <Panel name="quick" title={words("page_control_quick")} right={<Source live={live} />}>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void send();
                }}
            >
                <span id="quick-to">{words("page_control_to")}</span>
                <div class="receivers" role="group" aria-labelledby="quick-to">
                    {live.scenario.cells.map((cell) => (
                        <Receiver key={cell.id} cell={cell} live={live} />
                    ))}
                </div>
                <span>{words("page_control_by")}</span>
                <How live={live} />
                <label for="quick-title">{words("page_control_title")}</label>
                <div class="how">
                    <input
                        id="quick-title"
                        class="wide"
                        value={now.title}
                        onInput={(event) => change({ title: event.currentTarget.value })}
                    />
                    <input
                        aria-label={words("page_control_from_whom")}
                        placeholder={words("page_control_from_whom")}
                        value={now.from}
                        onInput={(event) => change({ from: event.currentTarget.value })}
                    />
                </div>
                <label for="quick-text">{words("page_control_text")}</label>
                <textarea
                    id="quick-text"
                    value={now.text}
                    onInput={(event) => change({ text: event.currentTarget.value })}
                />
                <span />
                <div class="buttons">
                    <button type="submit" class="filled" disabled={fault !== "" || !running}>
                        {sendWords(now.to.length)}
                    </button>
                    <label class="check">
                        <input
                            type="checkbox"
                            checked={now.acknowledge}
                            onChange={(event) => change({ acknowledge: event.currentTarget.checked })}
                        />
                        {words("page_control_acknowledge")}
                    </label>
                    <span class="muted fault">{running ? fault : words("page_control_not_running")}</span>
                </div>
            </form>
        </Panel>
    );
}
