// SPDX-License-Identifier: Apache-2.0
// The injects released so far, the newest first; those to come stand above for who may see them.
// Above the page's ceiling an item shows its id and its time only.
import { useEffect, useRef } from "preact/hooks";
import type { InjectNow } from "../api";
import { momentOf } from "../frame/format";
import { TlpChip } from "../frame/mark";
import { say } from "../frame/say";
import { useKnown } from "../store/store";
import { languageOf, textOf, words } from "../words/words";
import { isAbove } from "./facts";
import { useView } from "./view";

const SHOWN_MAX = 60;
const NEXT_MAX = 2;
const CELLS_MAX = 4;

export const timeOfInject = (one: InjectNow): number | null => one.released_ms ?? one.due_ms ?? one.planned_ms;

// How far the slowest of its receivers is, in words.
function reached(one: InjectNow): string {
    if (one.released_ms === null) {
        return words("page_inject_next");
    }
    const order = ["none", "queued", "undeliverable", "delivered", "opened", "acknowledged", "answered"] as const;
    const least = order.find((step) => one.deliveries.some(({ state }) => state === step)) ?? "none";
    return words(`page_delivery_${least}`);
}

export function InjectRow({ inject, hidden, now }: { inject: InjectNow; hidden: boolean; now: number }) {
    const at = timeOfInject(inject);
    const rest = inject.to.length - CELLS_MAX;
    return (
        <li class={`inject ${inject.released_ms === null ? "planned" : ""}`}>
            <div class="inject-top">
                <time>{at === null ? "–" : momentOf(at, now)}</time>
                <span class="inject-id">{inject.id}</span>
                {!hidden && <TlpChip level={inject.tlp} />}
            </div>
            {hidden ? (
                <p class="muted">{words("page_above_ceiling")}</p>
            ) : (
                <>
                    <p lang={languageOf(inject.title)}>{textOf(inject.title)}</p>
                    <div class="inject-cells">
                        {inject.to.slice(0, rest === 1 ? CELLS_MAX + 1 : CELLS_MAX).map((cell) => (
                            <span key={cell} class="chip">
                                {cell}
                            </span>
                        ))}
                        {rest > 1 && <span class="muted">{words("page_and_more", { count: rest })}</span>}
                        <span class="inject-state">{reached(inject)}</span>
                    </div>
                </>
            )}
        </li>
    );
}

export function Injects() {
    const view = useView();
    const injects = useKnown((state) => state.injects);
    const now = useKnown((state) => state.clock.now_ms);
    const released = injects.filter((one) => one.released_ms !== null).sort((a, b) => b.released_ms! - a.released_ms!);
    const next = injects
        .filter((one) => one.released_ms === null && one.due_ms !== null && one.due_ms >= now)
        .sort((a, b) => a.due_ms! - b.due_ms!)
        .slice(0, NEXT_MAX)
        .reverse();
    const newest = released[0];
    const said = useRef(newest?.id);
    useEffect(() => {
        if (newest && newest.id !== said.current) {
            said.current = newest.id;
            say(words("page_inject_said", { time: momentOf(newest.released_ms!, now), title: isAbove(newest.tlp, view.ceiling) ? newest.id : textOf(newest.title) }));
        }
    }, [newest?.id]);
    return (
        <section class="panel injects" aria-labelledby="injects-head">
            <h2 id="injects-head">{words("page_injects")}</h2>
            <ul tabindex={0} aria-labelledby="injects-head">
                {[...next, ...released.slice(0, SHOWN_MAX)].map((one) => (
                    <InjectRow key={one.id} inject={one} hidden={isAbove(one.tlp, view.ceiling)} now={now} />
                ))}
                {released.length === 0 && next.length === 0 && <li class="nothing">{words("page_injects_none")}</li>}
            </ul>
        </section>
    );
}
