// SPDX-License-Identifier: Apache-2.0
// The control page's dialogs, one open at a time. Only what cannot be undone asks once more: to cancel
// an inject, and to end the exercise.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { InjectNow } from "../api";
import { durationOf, momentOf, percentOf } from "../frame/format";
import { TlpChip } from "../frame/mark";
import { forecast as heard } from "../store/store";
import { useValue } from "../store/value";
import { textOf, words } from "../words/words";
import { act } from "./act";
import { ClockDialog } from "./clock_dialog";
import { Dialog, Twice } from "./dialog";
import type { Live } from "./live";
import { owed } from "./logic/needs";
import { edgeIndex } from "./logic/outlook";
import { actions } from "./logic/upcoming";
import { openDialog, opened } from "./open";
import { ChanceTable } from "./outlook";
import { CellChip, Condition, Said } from "./parts";

const close = (): void => opened.set(null);

// Sends a form on its button and on Ctrl+Enter in a text.
function Form({ send, children }: { send: () => void; children: ComponentChildren }) {
    return (
        <form
            onSubmit={(event) => {
                event.preventDefault();
                send();
            }}
            onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                    event.currentTarget.requestSubmit();
                }
            }}
        >
            {children}
        </form>
    );
}

// What one cell still has to act on, and for how long it is late.
function Owed({ live, cell }: { live: Live; cell: string }) {
    const now = live.state.clock.now_ms;
    const all = owed(cell, live.state);
    if (all.length === 0) {
        return <p class="muted">{words("page_control_owes_nothing")}</p>;
    }
    return (
        <ul class="owed" aria-label={words("page_control_to_answer")}>
            {all.map((inject) => {
                const left = inject.expected_by_ms === null ? null : inject.expected_by_ms - now;
                return (
                    <li key={inject.id}>
                        <Said text={inject.title} />
                        {left !== null && (
                            <b class={left < 0 ? "warn" : undefined}>
                                {durationOf(Math.abs(left))} {words(left < 0 ? "page_control_late" : "page_control_left")}
                            </b>
                        )}
                    </li>
                );
            })}
        </ul>
    );
}

function MessageDialog({ live, to, text: first }: { live: Live; to: string[]; text: string }) {
    const [text, setText] = useState(first);
    const cells = to.join(", ");
    const send = async (): Promise<void> => {
        if (await act({ do: "message", to, text: text.trim() }, words("page_control_did_message", { cells }))) {
            close();
        }
    };
    return (
        <Dialog title={words("page_control_message_to", { cells })} close={close}>
            {to.length === 1 && <Owed live={live} cell={to[0]} />}
            <Form send={() => void send()}>
                <label for="message-text">{words("page_control_text")}</label>
                <textarea id="message-text" autoFocus rows={5} value={text} onInput={(event) => setText(event.currentTarget.value)} />
                <div class="buttons">
                    <button type="submit" class="filled" disabled={text.trim() === ""}>
                        {words("page_control_send")}
                    </button>
                </div>
            </Form>
        </Dialog>
    );
}

function AnswerDialog({ live, number }: { live: Live; number: number }) {
    const [text, setText] = useState("");
    const rfi = live.state.rfis.find((each) => each.number === number);
    if (!rfi) {
        return null;
    }
    const send = async (): Promise<void> => {
        if (await act({ do: "rfi_answer", number, text: text.trim() }, words("page_control_did_answer", { cell: rfi.cell }))) {
            close();
        }
    };
    return (
        <Dialog title={words("page_control_answer_to", { cell: rfi.cell, number })} close={close}>
            <blockquote>{rfi.text}</blockquote>
            <Form send={() => void send()}>
                <label for="answer-text">{words("page_control_answer")}</label>
                <textarea id="answer-text" autoFocus rows={5} value={text} onInput={(event) => setText(event.currentTarget.value)} />
                <div class="buttons">
                    <button type="submit" class="filled" disabled={text.trim() === ""}>
                        {words("page_control_send")}
                    </button>
                </div>
            </Form>
        </Dialog>
    );
}

function EditDialog({ inject }: { inject: InjectNow }) {
    const [title, setTitle] = useState(textOf(inject.title));
    const [text, setText] = useState(textOf(inject.text));
    const proposed = inject.state === "proposed";
    const save = async (): Promise<boolean> => {
        const command = { do: "edit" as const, inject: inject.id, title: title.trim(), text: text.trim() };
        return act(command, words("page_control_did_edit", { title: title.trim() }));
    };
    const finish = async (approve: boolean): Promise<void> => {
        const changed = title !== textOf(inject.title) || text !== textOf(inject.text);
        if (changed && !(await save())) {
            return;
        }
        const done = words("page_control_did_approve", { title: title.trim() });
        if (!approve || (await act({ do: "approve", inject: inject.id }, done))) {
            close();
        }
    };
    return (
        <Dialog title={words("page_control_edit_of", { inject: inject.id })} close={close} wide>
            <Form send={() => void finish(proposed)}>
                <label for="edit-title">{words("page_control_title")}</label>
                <input id="edit-title" autoFocus value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
                <label for="edit-text">{words("page_control_text")}</label>
                <textarea id="edit-text" rows={9} value={text} onInput={(event) => setText(event.currentTarget.value)} />
                <p class="muted">{words("page_control_edit_languages")}</p>
                <div class="buttons">
                    {proposed && (
                        <button type="submit" class="filled" disabled={text.trim() === "" || title.trim() === ""}>
                            {words("page_control_approve")}
                        </button>
                    )}
                    <button type={proposed ? "button" : "submit"} onClick={proposed ? () => void finish(false) : undefined}>
                        {words("page_control_save")}
                    </button>
                </div>
            </Form>
        </Dialog>
    );
}

function InjectFacts({ live, inject }: { live: Live; inject: InjectNow }) {
    const now = live.state.clock.now_ms;
    const rows: [string, ComponentChildren][] = [
        [words("page_control_state"), words(`page_control_run_${inject.state}`)],
        [words("page_control_planned"), inject.planned_ms === null ? "" : momentOf(inject.planned_ms, now)],
        [words("page_control_from_whom"), inject.from],
        [words("page_control_to"), inject.to.map((cell) => <CellChip key={cell} cell={cell} />)],
        [words("page_control_channel"), inject.channel],
        [words("page_control_condition"), inject.condition ? <Condition of={inject.condition} /> : ""],
        [words("page_control_responsible"), inject.responsible],
        [words("page_control_instructions"), inject.instructions],
        [
            words("page_control_what_next"),
            inject.next
                .map((each) => `${textOf(live.scenario.assets[each.asset]?.name)} ${percentOf(each.chance_ppm)}`)
                .join(" · "),
        ],
    ];
    return (
        <dl>
            {rows
                .filter(([, value]) => value !== "")
                .map(([name, value]) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{value}</dd>
                    </div>
                ))}
        </dl>
    );
}

function InjectDialog({ live, inject }: { live: Live; inject: InjectNow }) {
    const open = ["waiting", "armed", "held", "proposed"].includes(inject.state);
    const title = textOf(inject.title);
    const send = async (command: Parameters<typeof act>[0], done: string): Promise<void> => {
        if (await act(command, done)) {
            close();
        }
    };
    return (
        <Dialog title={<Said text={inject.title} />} close={close} wide>
            <p class="muted">
                {inject.id} <TlpChip level={inject.tlp} />
            </p>
            <p class="text">
                <Said text={inject.text} />
            </p>
            <InjectFacts live={live} inject={inject} />
            {open && (
                <div class="buttons">
                    {actions(inject).map((action) => (
                        <button
                            key={action}
                            class={action === "approve" ? "filled" : undefined}
                            onClick={() => void send({ do: action, inject: inject.id }, words(`page_control_did_${action}`, { title }))}
                        >
                            {words(`page_control_${action}`)}
                        </button>
                    ))}
                    <button onClick={() => openDialog({ kind: "edit", inject: inject.id })}>{words("page_control_edit")}</button>
                    <Twice
                        label={words("page_control_cancel")}
                        ask={words("page_control_cancel_sure")}
                        sure={words("page_control_cancel_yes")}
                        act={() => void send({ do: "cancel", inject: inject.id }, words("page_control_did_cancel", { title }))}
                    />
                </div>
            )}
        </Dialog>
    );
}

function ForecastDialog({ live }: { live: Live }) {
    const forecast = useValue(heard);
    const [chosen, choose] = useState<number | null>(null);
    if (forecast === null) {
        return null;
    }
    const edge = chosen ?? edgeIndex(forecast, forecast.headline?.within_ms ?? 0);
    const all = { rows: live.scenario.sectors.length, columns: live.scenario.countries.length };
    return (
        <Dialog title={words("page_control_forecast")} close={close} wide>
            <label class="check">
                {words("page_control_down_by")}
                <select value={edge} onChange={(event) => choose(Number(event.currentTarget.value))}>
                    {forecast.edges_ms.map((at, i) => (
                        <option key={at} value={i}>
                            {momentOf(at, live.state.clock.now_ms)}
                        </option>
                    ))}
                </select>
            </label>
            <div class="scroll" tabIndex={0} role="group" aria-label={words("page_control_forecast")}>
                <ChanceTable live={live} forecast={forecast} edge={edge} shown={all} />
            </div>
        </Dialog>
    );
}

export function Dialogs({ live }: { live: Live }) {
    const now = useValue(opened);
    if (now === null) {
        return null;
    }
    const inject = "inject" in now ? live.state.injects.find((each) => each.id === now.inject) : undefined;
    switch (now.kind) {
        case "clock":
            return <ClockDialog live={live} close={close} />;
        case "forecast":
            return <ForecastDialog live={live} />;
        case "message":
            return <MessageDialog key={now.to.join()} live={live} to={now.to} text={now.text} />;
        case "answer":
            return <AnswerDialog key={now.number} live={live} number={now.number} />;
        case "edit":
            return inject ? <EditDialog key={inject.id} inject={inject} /> : null;
        case "inject":
            return inject ? <InjectDialog key={inject.id} live={live} inject={inject} /> : null;
    }
}
