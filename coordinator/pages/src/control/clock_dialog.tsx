// SPDX-License-Identifier: Apache-2.0
// The clock beyond its buttons: any speed, a jump to any time, a message to everybody, the end.
import { useState } from "preact/hooks";
import { dayOf, minuteOf } from "../frame/format";
import { words } from "../words/words";
import { act } from "./act";
import { Dialog, Twice } from "./dialog";
import type { Live } from "./live";
import { canJump, parseSpeed, parseTime, speedFactor } from "./logic/transport";
import { openDialog } from "./open";

interface FieldProps {
    id: string;
    label: string;
    hint: string;
    button: string;
    able: boolean;
    first: string;
    send: (text: string) => boolean; // False: it is not understood.
}

function Field({ id, label, hint, button, able, first, send }: FieldProps) {
    const [text, setText] = useState(first);
    const [wrong, setWrong] = useState(false);
    return (
        <form
            class="field"
            onSubmit={(event) => {
                event.preventDefault();
                setWrong(!send(text));
            }}
        >
            <label for={id}>{label}</label>
            <input
                id={id}
                value={text}
                aria-invalid={wrong}
                aria-describedby={`${id}-hint`}
                onInput={(event) => setText(event.currentTarget.value)}
            />
            <button type="submit" disabled={!able}>
                {button}
            </button>
            <span id={`${id}-hint`} class={wrong ? "bad" : "muted"}>
                {hint}
            </span>
        </form>
    );
}

export function ClockDialog({ live, close }: { live: Live; close: () => void }) {
    const { clock } = live.state;
    const sendSpeed = (text: string): boolean => {
        const speed_permille = parseSpeed(text);
        if (speed_permille !== null) {
            void act({ do: "speed", speed_permille });
        }
        return speed_permille !== null;
    };
    const sendJump = (text: string): boolean => {
        const to_ms = parseTime(text);
        if (to_ms !== null) {
            void act({ do: "jump", to_ms }).then((taken) => taken && close());
        }
        return to_ms !== null;
    };
    const end = async (): Promise<void> => {
        if (await act({ do: "end" })) {
            close();
        }
    };
    return (
        <Dialog title={words("page_control_more")} close={close}>
            <Field
                id="clock-speed"
                label={words("page_control_speed")}
                hint={words("page_control_speed_hint")}
                button={words("page_control_set")}
                able={clock.state !== "ended"}
                first={clock.speed_permille > 0 ? speedFactor(clock.speed_permille, ".") : ""}
                send={sendSpeed}
            />
            <Field
                id="clock-jump"
                label={words("page_control_jump_to")}
                hint={words("page_control_jump_hint")}
                button={words("page_control_jump_do")}
                able={canJump(clock)}
                first={`${dayOf(clock.now_ms)} ${minuteOf(clock.now_ms)}`}
                send={sendJump}
            />
            <div class="buttons">
                <button
                    type="button"
                    aria-haspopup="dialog"
                    onClick={() => openDialog({ kind: "message", to: live.scenario.cells.map((cell) => cell.id), text: "" })}
                >
                    {words("page_control_message_all")}
                </button>
                {clock.state !== "ended" && clock.state !== "not_started" && (
                    <Twice
                        label={words("page_control_end")}
                        ask={words("page_control_end_sure")}
                        sure={words("page_control_end_yes")}
                        act={() => void end()}
                    />
                )}
            </div>
        </Dialog>
    );
}
