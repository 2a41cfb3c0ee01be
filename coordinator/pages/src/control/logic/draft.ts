// SPDX-License-Identifier: Apache-2.0
// An inject that the director writes during play. Pure.
import type { Command, InjectNow, Scenario, Text, Tlp } from "../../api";

export const DRAFT_TYPES = ["information", "media", "social", "task", "administrative"] as const;
// From the widest to the narrowest circle.
export const CIRCLES: readonly Tlp[] = ["clear", "green", "amber", "amber_strict", "red"];
export const TEXT_BYTES_MAX = 16_384; // As INPUT_TEXT_BYTES_MAX.

export interface Draft {
    to: readonly string[]; // In the scenario's order.
    type: string;
    tlp: Tlp;
    channel: string;
    from: string;
    title: string;
    text: string;
    acknowledge: boolean;
    replaces: string; // An inject that it takes the place of, or "".
}
export type DraftFault = "no_receiver" | "no_title" | "no_text" | "too_long" | "not_cleared";

export const EMPTY_DRAFT: Draft = {
    to: [],
    type: "information",
    tlp: "amber",
    channel: "",
    from: "",
    title: "",
    text: "",
    acknowledge: false,
    replaces: "",
};

export function isCleared(clearance: Tlp, tlp: Tlp): boolean {
    return CIRCLES.indexOf(tlp) <= CIRCLES.indexOf(clearance);
}

export function strictest(labels: Tlp[]): Tlp {
    return CIRCLES[Math.max(0, ...labels.map((label) => CIRCLES.indexOf(label)))];
}

export function toggleReceiver(draft: Draft, cell: string, scenario: Scenario): Draft {
    const chosen = new Set(draft.to);
    if (!chosen.delete(cell)) {
        chosen.add(cell);
    }
    const to = scenario.cells.map((each) => each.id).filter((id) => chosen.has(id));
    return { ...draft, to };
}

// Receivers who may not read what is classified so.
export function uncleared(draft: Draft, scenario: Scenario): string[] {
    return scenario.cells
        .filter((cell) => draft.to.includes(cell.id) && !isCleared(cell.clearance, draft.tlp))
        .map((cell) => cell.id);
}

// What keeps it from being sent, in the order of the form; empty: it may go.
export function draftFaults(draft: Draft, scenario: Scenario): DraftFault[] {
    const faults: DraftFault[] = [];
    if (draft.to.length === 0) {
        faults.push("no_receiver");
    }
    if (uncleared(draft, scenario).length > 0) {
        faults.push("not_cleared");
    }
    if (draft.title.trim() === "") {
        faults.push("no_title");
    }
    if (draft.text.trim() === "") {
        faults.push("no_text");
    }
    if ([draft.title, draft.text].some((each) => utf8Bytes(each) > TEXT_BYTES_MAX)) {
        faults.push("too_long");
    }
    return faults;
}

export function utf8Bytes(text: string): number {
    return new TextEncoder().encode(text).length;
}

export function draftCommand(draft: Draft): Command {
    const command: Command = {
        do: "ad_hoc",
        to: [...draft.to],
        title: draft.title.trim(),
        text: draft.text.trim(),
        type: draft.type,
        tlp: draft.tlp,
        acknowledge: draft.acknowledge,
    };
    if (draft.channel.trim() !== "") {
        command.channel = draft.channel.trim();
    }
    if (draft.from.trim() !== "") {
        command.from = draft.from.trim();
    }
    if (draft.replaces !== "") {
        command.replaces = draft.replaces;
    }
    return command;
}

// A planned inject as the start of a draft that takes its place.
export function draftFrom(inject: InjectNow, pick: (text: Text) => string): Draft {
    const known = (DRAFT_TYPES as readonly string[]).includes(inject.type);
    return {
        to: [...inject.to],
        type: known ? inject.type : EMPTY_DRAFT.type,
        tlp: inject.tlp,
        channel: inject.channel,
        from: inject.from,
        title: pick(inject.title),
        text: pick(inject.text),
        acknowledge: false,
        replaces: inject.id,
    };
}

// Injects that a draft can start from: not out yet, contingencies first.
export function draftSources(injects: InjectNow[]): InjectNow[] {
    const open = injects.filter((inject) =>
        ["waiting", "armed", "proposed", "held"].includes(inject.state),
    );
    const contingent = (inject: InjectNow) => inject.category === "contingency";
    return [...open.filter(contingent), ...open.filter((inject) => !contingent(inject))];
}
