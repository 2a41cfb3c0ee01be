// SPDX-License-Identifier: Apache-2.0
// The strip at the top: at most four tiles, each a verb and a name, one sentence of why, a number, and
// one button. No button here does what cannot be undone: places change while the director reads.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { durationOf, wallOf } from "../frame/format";
import { Glyph } from "../frame/mark";
import { say } from "../frame/say";
import { textOf, words } from "../words/words";
import type { Live } from "./live";
import { type Need, needs, rollCall, strip } from "./logic/needs";
import { openDialog } from "./open";
import { Icon, SignMark } from "./parts";

interface Tile {
    look: "failed" | "degraded" | "due";
    mark: ComponentChildren;
    title: string;
    why: string;
    number: string;
    unit: string;
    does: ComponentChildren;
}

// A title or name as a sentence.
const sentence = (text: string): string => (text === "" || /[.?!…][”"]?$/.test(text) ? text : `${text}.`);

const show = (id: string): void => {
    const at = document.getElementById(id);
    at?.scrollIntoView({ block: "nearest" });
    at?.focus();
};

function lostTile({ scenario }: Live, need: Need & { kind: "lost" }, filled: string): Tile {
    const { cell, forMs, injects } = need;
    const facts = scenario.cells.find((each) => each.id === cell.id);
    const phone = cell.robot ? "" : (facts?.phone ?? "");
    const since =
        cell.heard_us === null
            ? words("page_control_never_here")
            : words("page_control_lost_at", { time: wallOf(cell.heard_us).slice(0, 5) });
    const then = injects > 0 ? ` ${words("page_control_lost_injects", { count: injects })}` : "";
    return {
        look: "failed",
        mark: <Glyph status="failed" size={30} />,
        title: words(phone ? "page_control_call" : "page_control_off_line", { cell: cell.id }),
        why: `${sentence(textOf(facts?.name))} ${since}${then}`,
        number: forMs === null ? "" : durationOf(forMs),
        unit: words("page_control_unheard"),
        does: phone ? (
            <a class={`button ${filled}`} href={`tel:${phone.replace(/[^+\d]/g, "")}`}>
                <Icon name="phone" />
                {phone}
            </a>
        ) : (
            <button class={filled} onClick={() => show(`cell-${cell.id}`)}>
                {words("page_control_show")}
            </button>
        ),
    };
}

function lateTile(need: Need & { kind: "late" }, filled: string): Tile {
    const { cell, inject } = need;
    const title = inject ? textOf(inject.title) : "";
    const more = cell.overdue > 1 ? ` ${words("page_control_late_more", { count: cell.overdue - 1 })}` : "";
    const text = inject ? words("page_control_reminder", { title }) : words("page_control_reminder_any");
    return {
        look: "degraded",
        mark: <Glyph status="degraded" size={30} />,
        title: words("page_control_owes", { cell: cell.id }),
        why: sentence(title) + more,
        number: durationOf(need.forMs),
        unit: words("page_control_late"),
        does: (
            <button class={filled} onClick={() => openDialog({ kind: "message", to: [cell.id], text })}>
                {words("page_control_remind")}
            </button>
        ),
    };
}

function questionTile(need: Need & { kind: "question" }, filled: string): Tile {
    const { rfi } = need;
    return {
        look: "due",
        mark: <SignMark sign="question" />,
        title: words("page_control_answer_to", { cell: rfi.cell, number: rfi.number }),
        why: rfi.text,
        number: durationOf(need.forMs),
        unit: words("page_control_waits"),
        does: (
            <button class={filled} onClick={() => openDialog({ kind: "answer", number: rfi.number })}>
                {words("page_control_answer")}
            </button>
        ),
    };
}

function proposalTile(need: Need & { kind: "proposal" }, filled: string): Tile {
    const { inject, leftMs } = need;
    const silence = words(leftMs === null ? "page_control_else_waits" : "page_control_else_passes");
    return {
        look: "due",
        mark: <SignMark sign="proposed" />,
        title: words("page_control_decide_on", { inject: inject.id }),
        why: `${sentence(textOf(inject.title))} ${silence}`,
        number: durationOf(leftMs ?? need.forMs),
        unit: words(leftMs === null ? "page_control_waits" : "page_control_left"),
        does: (
            <button class={filled} onClick={() => show(`proposal-${inject.id}`)}>
                {words("page_control_decide")}
            </button>
        ),
    };
}

function stuckTile(need: Need & { kind: "stuck" }): Tile {
    return {
        look: "degraded",
        mark: <Glyph status="degraded" size={30} />,
        title: words("page_control_stuck", { cells: need.cells.join(", ") }),
        why: words("page_control_stuck_why"),
        number: "",
        unit: "",
        does: (
            <button onClick={() => show(`cell-${need.cells[0]}`)}>{words("page_control_show")}</button>
        ),
    };
}

function tileOf(live: Live, need: Need, first: boolean): Tile {
    const filled = first ? "filled" : "";
    switch (need.kind) {
        case "stuck":
            return stuckTile(need);
        case "lost":
            return lostTile(live, need, filled);
        case "late":
            return lateTile(need, filled);
        case "question":
            return questionTile(need, filled);
        case "proposal":
            return proposalTile(need, filled);
    }
}

function keyOf(need: Need): string {
    switch (need.kind) {
        case "stuck":
            return need.kind;
        case "question":
            return `question-${need.rfi.number}`;
        case "proposal":
            return `proposal-${need.inject.id}`;
        default:
            return `${need.kind}-${need.cell.id}`;
    }
}

function Nothing({ live }: { live: Live }) {
    if (live.state.clock.state === "ended") {
        return <p class="nothing">{words("page_control_ended")}</p>;
    }
    if (live.state.clock.state !== "not_started") {
        return <p class="nothing">{words("page_control_nothing")}</p>;
    }
    const { here, missing } = rollCall(live.scenario, live.state);
    return (
        <p class="nothing">
            {words("page_control_roll", { here, all: live.scenario.cells.length })}{" "}
            {words(missing.length === 0 ? "page_control_roll_all" : "page_control_roll_missing", { cells: missing.join(", ") })}
        </p>
    );
}

export function NowStrip({ live }: { live: Live }) {
    const { tiles, more } = strip(needs(live.state, live.wallUs));
    const first = tiles.length > 0 ? tileOf(live, tiles[0], true) : null;
    useEffect(() => {
        if (first !== null) {
            say(`${first.title}. ${first.why}`);
        }
    }, [first?.title]);
    return (
        <section class="now" aria-label={words("page_control_now")}>
            {tiles.length === 0 ? (
                <Nothing live={live} />
            ) : (
                <ul>
                    {tiles.map((need, i) => {
                        const tile = tileOf(live, need, i === 0);
                        const rest = more > 0 && i === tiles.length - 1;
                        return (
                            <li key={keyOf(need)} class={`tile ${tile.look}`}>
                                {tile.mark}
                                <div class="what">
                                    <h2>{tile.title}</h2>
                                    <p>{tile.why}</p>
                                </div>
                                <div class="count">
                                    {tile.number}
                                    <small>{tile.number && tile.unit}</small>
                                    {tile.does}
                                </div>
                                {rest && <p class="rest">{words("page_control_and_more", { count: more })}</p>}
                            </li>
                        );
                    })}
                </ul>
            )}
        </section>
    );
}
