// SPDX-License-Identifier: Apache-2.0
// The marks of states: shape first, colour second. And the chips.
import type { AssetStatus, Tlp } from "../api";
import { wordsOf } from "../words/words";

// Normal last: what is not normal comes first in every list and lies on top in every picture.
export const STATUSES: readonly AssetStatus[] = ["failed", "degraded", "restoring", "islanded", "normal"];

// The outline of a mark around 0,0, as an SVG path; r is half its height. What is drawn inside: INSIDE.
export function outlineOf(status: AssetStatus, r: number): string {
    switch (status) {
        case "failed":
            return `M${-0.9 * r} ${-0.9 * r}H${0.9 * r}V${0.9 * r}H${-0.9 * r}Z`;
        case "degraded":
            return `M0 ${-1.1 * r}L${1.05 * r} ${0.8 * r}H${-1.05 * r}Z`;
        case "restoring":
            return `M${-0.95 * r} 0a${0.95 * r} ${0.95 * r} 0 1 0 ${1.9 * r} 0a${0.95 * r} ${0.95 * r} 0 1 0 ${-1.9 * r} 0Z`;
        case "islanded":
            return `M0 ${-1.15 * r}L${1.15 * r} 0L0 ${1.15 * r}L${-1.15 * r} 0Z`;
        case "normal":
            return `M${-0.55 * r} 0a${0.55 * r} ${0.55 * r} 0 1 0 ${1.1 * r} 0a${0.55 * r} ${0.55 * r} 0 1 0 ${-1.1 * r} 0Z`;
    }
}

// The X of a failed square and the arrow of a restoring disc; "" for the others.
export function insideOf(status: AssetStatus, r: number): string {
    if (status === "failed") {
        return `M${-0.45 * r} ${-0.45 * r}L${0.45 * r} ${0.45 * r}M${0.45 * r} ${-0.45 * r}L${-0.45 * r} ${0.45 * r}`;
    }
    return status === "restoring" ? `M0 ${0.5 * r}V${-0.45 * r}M${-0.4 * r} ${-0.05 * r}L0 ${-0.5 * r}L${0.4 * r} ${-0.05 * r}` : "";
}

// Within an <svg>.
export function Mark({ status, r = 7 }: { status: AssetStatus; r?: number }) {
    const inside = insideOf(status, r);
    return (
        <>
            <path class={`mark ${status}`} d={outlineOf(status, r)} />
            {inside && <path class="mark-in" d={inside} />}
        </>
    );
}

// Within text; `label` when no word beside it says the state.
export function Glyph({ status, label = false, size = 18 }: { status: AssetStatus; label?: boolean; size?: number }) {
    const said = label ? { role: "img" as const, "aria-label": wordsOf("state_", status) } : { "aria-hidden": true };
    return (
        <svg class="glyph" viewBox="-10 -10 20 20" style={{ width: size, height: size }} {...said}>
            <Mark status={status} r={8} />
        </svg>
    );
}

const TLP_LABELS: Record<Tlp, string> = { clear: "CLEAR", green: "GREEN", amber: "AMBER", amber_strict: "AMBER+STRICT", red: "RED" };
export const TLPS = Object.keys(TLP_LABELS) as Tlp[]; // From the widest to the narrowest circle.

export const tlpLabel = (level: Tlp): string => `TLP:${TLP_LABELS[level]}`;

// Labels of the Traffic Light Protocol 2.0 are never translated.
export function TlpChip({ level }: { level: Tlp }) {
    return (
        <span class={`tlp ${level}`} lang="en">
            {tlpLabel(level)}
        </span>
    );
}
