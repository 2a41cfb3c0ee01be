// SPDX-License-Identifier: Apache-2.0
// The next 15 minutes: what goes out by time, what is held, and what waits for a condition.
import type { InjectNow } from "../api";
import { durationOf, minuteOf, momentOf } from "../frame/format";
import { TlpChip } from "../frame/mark";
import { textOf, words } from "../words/words";
import { act } from "./act";
import { useGuard } from "./guard";
import type { Live } from "./live";
import { actions, goesOutMs, type InjectAction, UPCOMING_WINDOW_MS, upcoming } from "./logic/upcoming";
import { openDialog } from "./open";
import { Condition, Panel, Receivers, Said, SignMark, signOf } from "./parts";

function When({ inject, nowMs }: { inject: InjectNow; nowMs: number }) {
    const at = goesOutMs(inject);
    if (at === null) {
        return <div class="when">{inject.condition && <small>{words("page_control_if")}</small>}</div>;
    }
    return (
        <div class="when">
            {minuteOf(at)}
            <small>{at > nowMs ? durationOf(at - nowMs) : words("page_control_past")}</small>
        </div>
    );
}

function ConditionNote({ inject }: { inject: InjectNow }) {
    const condition = inject.condition;
    if (condition === null || inject.state === "held") {
        return null;
    }
    return (
        <div class="note">
            {words("page_control_when")} <Condition of={condition} />
        </div>
    );
}

function Does({ inject }: { inject: InjectNow }) {
    const able = actions(inject);
    const title = textOf(inject.title);
    const does = (action: InjectAction) => () => {
        const done = words(`page_control_did_${action}`, { title });
        void act({ do: action, inject: inject.id }, done);
    };
    return (
        <span class="choice does" role="group" aria-label={title}>
            {able.map((action) => (
                <button key={action} type="button" onClick={does(action)}>
                    {words(`page_control_${action}`)}
                </button>
            ))}
        </span>
    );
}

function Row({ inject, nowMs }: { inject: InjectNow; nowMs: number }) {
    return (
        <li class="inject">
            <When inject={inject} nowMs={nowMs} />
            <SignMark sign={signOf(inject)} />
            <div class="what">
                <div class="title">
                    <button class="plain" aria-haspopup="dialog" onClick={() => openDialog({ kind: "inject", inject: inject.id })}>
                        <Said text={inject.title} />
                    </button>
                </div>
                <div class="facts">
                    <b>{words(`page_control_state_${signOf(inject) as "planned" | "waiting" | "held" | "proposed"}`)}</b>
                    <span class="id">{inject.id}</span>
                    <Receivers to={inject.to} most={2} />
                    <span class="channel">{inject.channel}</span>
                </div>
                <ConditionNote inject={inject} />
            </div>
            <div class="right">
                <TlpChip level={inject.tlp} />
                <Does inject={inject} />
            </div>
        </li>
    );
}

export function NextInjects({ live }: { live: Live }) {
    const { timed, conditional, idle, then } = upcoming(live.state);
    const now = live.state.clock.now_ms;
    const guard = useGuard([...timed, ...conditional, ...idle].map((inject) => inject.id));
    const title = words("page_control_next", { count: UPCOMING_WINDOW_MS / 60_000 });
    const after =
        then === null
            ? words("page_control_then_nothing")
            : words("page_control_then", { title: textOf(then.title), time: momentOf(goesOutMs(then)!, now) });
    const group = (heading: string, rows: InjectNow[]) =>
        rows.length > 0 && (
            <>
                <h3>
                    {heading} <span>{rows.length}</span>
                </h3>
                <ul>
                    {rows.map((inject) => (
                        <Row key={inject.id} inject={inject} nowMs={now} />
                    ))}
                </ul>
            </>
        );
    return (
        <Panel name="next" title={title} beside={words("page_control_injects", { count: timed.length })} right={after}>
            <div class="scroll" tabIndex={0} role="group" aria-label={title} onClickCapture={guard}>
                {timed.length === 0 && <p class="empty">{words("page_control_none_timed")}</p>}
                <ul>
                    {timed.map((inject) => (
                        <Row key={inject.id} inject={inject} nowMs={now} />
                    ))}
                </ul>
                {group(words("page_control_conditional"), conditional)}
                {group(words("page_control_idle"), idle)}
            </div>
        </Panel>
    );
}
