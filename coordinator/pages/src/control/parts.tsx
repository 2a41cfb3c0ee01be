// SPDX-License-Identifier: Apache-2.0
// Small parts that the panels of the control page share.
import { type ComponentChildren, createContext } from "preact";
import { useContext, useId } from "preact/hooks";
import type { InjectNow } from "../api";
import { Mark } from "../frame/mark";
import { languageOf, textOf, words } from "../words/words";
import { conditionParts, receivers } from "./logic/upcoming";

// Cells that are lost: their names are red wherever they stand.
export const Lost = createContext<ReadonlySet<string>>(new Set());

export function CellChip({ cell }: { cell: string }) {
    const lost = useContext(Lost).has(cell);
    return (
        <span class={lost ? "chip lost" : "chip"}>
            {lost && <LostMark />}
            {cell}
        </span>
    );
}

// Names of receivers, as many as there is room for; lost ones always show.
export function Receivers({ to, most }: { to: readonly string[]; most: number }) {
    const { shown, more } = receivers(to, useContext(Lost), most);
    return (
        <>
            {shown.map((cell) => (
                <CellChip key={cell} cell={cell} />
            ))}
            {more > 0 && <span class="more-cells">+{more}</span>}
        </>
    );
}

export function LostMark() {
    return (
        <svg class="glyph tiny" viewBox="-10 -10 20 20" aria-hidden="true">
            <Mark status="failed" r={10} />
        </svg>
    );
}

// Hollow or dashed: has not happened. planned, waiting for a condition, held, proposed; a question.
export type Sign = "planned" | "waiting" | "held" | "proposed" | "question";

const SIGN_OUTLINES: Record<Sign, string> = {
    planned: "M0 -8.5L8.5 0L0 8.5L-8.5 0Z",
    held: "M0 -8.5L8.5 0L0 8.5L-8.5 0Z",
    proposed: "M0 -8.5L8.5 0L0 8.5L-8.5 0Z",
    waiting: "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0Z",
    question: "M-8 -4.5a2 2 0 0 1 2 -2H6a2 2 0 0 1 2 2V4.5a2 2 0 0 1 -2 2H-6a2 2 0 0 1 -2 -2Z",
};
const ASKS = "M-2 -1.6C-2 -4 2 -4 2 -1.6C2 0 0 0 0 1.4M0 3.2V3.9";
const SIGN_INSIDES: Record<Sign, string> = {
    planned: "",
    held: "M-2 -3.2V3.2M2 -3.2V3.2",
    proposed: ASKS,
    waiting: "M0 -3.6V0.4L2.8 2.2",
    question: ASKS,
};

export function SignMark({ sign }: { sign: Sign }) {
    return (
        <svg class="sign" viewBox="-10 -10 20 20" aria-hidden="true">
            <path class={sign === "proposed" ? "dashed" : undefined} d={SIGN_OUTLINES[sign]} />
            {SIGN_INSIDES[sign] && <path d={SIGN_INSIDES[sign]} />}
        </svg>
    );
}

export function signOf(inject: InjectNow): Sign {
    switch (inject.state) {
        case "held":
            return "held";
        case "proposed":
            return "proposed";
        case "armed":
            return "waiting";
        default:
            return inject.planned_ms === null && inject.condition !== null ? "waiting" : "planned";
    }
}

// A condition, with the value of today behind each term.
export function Condition({ of }: { of: { text: string; today: string } }) {
    return (
        <span class="condition">
            {conditionParts(of).map((part, i) =>
                part.value ? (
                    <b key={i} title={words("page_control_today")}>
                        {part.text}
                    </b>
                ) : (
                    <span key={i}>{part.text}</span>
                ),
            )}
        </span>
    );
}

// A text of the scenario, in the language that it has.
export function Said({ text }: { text: { [language: string]: string } }) {
    return <span lang={languageOf(text)}>{textOf(text)}</span>;
}

interface PanelProps {
    name: string;
    title: string;
    beside?: ComponentChildren; // After the title: how many.
    right?: ComponentChildren; // At the right: how it is sorted.
    children: ComponentChildren;
}

export function Panel({ name, title, beside, right, children }: PanelProps) {
    const id = useId();
    return (
        <section class={`panel ${name}`} aria-labelledby={id}>
            <div class="head">
                <h2 id={id}>{title}</h2>
                {beside !== undefined && <span>{beside}</span>}
                {right !== undefined && <span class="right">{right}</span>}
            </div>
            {children}
        </section>
    );
}

const ICONS = {
    play: "M2 1L11 6L2 11Z",
    pause: "M2 1H5V11H2ZM7 1H10V11H7Z",
    jump: "M1 1L7 6L1 11ZM8 1H10.5V11H8Z",
    more: "M1 5h2v2H1ZM5 5h2v2H5ZM9 5h2v2H9Z",
    phone: "M2 1L4.6 .8L5.7 3.6L4.3 4.7C5 6 6 7.1 7.3 7.8L8.4 6.3L11.2 7.5L11 10C7 12 0 5 2 1Z",
};

export function Icon({ name }: { name: keyof typeof ICONS }) {
    return (
        <svg class="icon" viewBox="0 0 12 12" aria-hidden="true">
            <path d={ICONS[name]} />
        </svg>
    );
}

// A group of buttons of which one is on.
interface ChoiceProps<T> {
    label: string;
    options: readonly T[];
    chosen: T;
    show: (option: T) => string;
    choose: (option: T) => void;
    size?: "large";
}

export function Choice<T extends string | number>({ label, options, chosen, show, choose, size }: ChoiceProps<T>) {
    return (
        <span class={`choice ${size ?? ""}`} role="group" aria-label={label}>
            {options.map((option) => (
                <button key={option} type="button" aria-pressed={option === chosen} onClick={() => choose(option)}>
                    {show(option)}
                </button>
            ))}
        </span>
    );
}
