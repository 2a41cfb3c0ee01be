// SPDX-License-Identifier: Apache-2.0
// The clock's controls: what the main button does, which speeds there are. Pure.
import type { Clock, Ms } from "../../api";

export type MainButton = "start" | "pause" | "resume";

const COMMON_SPEEDS_PERMILLE = [1000, 2000, 4000, 8000];
export const SPEED_MAX_PERMILLE = 0; // As fast as it goes.
const SPEED_LIMIT_PERMILLE = 1_000_000_000; // As INPUT_SPEED_PERMILLE_MAX.

// null: there is nothing left to start or stop.
export function mainButton(clock: Clock): MainButton | null {
    switch (clock.state) {
        case "not_started":
            return "start";
        case "running":
            return "pause";
        case "paused":
            return "resume";
        case "ended":
            return null;
    }
}

// Speeds that have a button: the common ones, the present one in its place, and "max" last.
export function speeds(clock: Clock): number[] {
    const shown = new Set(COMMON_SPEEDS_PERMILLE);
    if (clock.speed_permille > 0) {
        shown.add(clock.speed_permille);
    }
    return [...[...shown].sort((a, b) => a - b), SPEED_MAX_PERMILLE];
}

// "4", "1.44", "0.5": the factor as people say it.
export function speedFactor(permille: number, decimalMark: string): string {
    const whole = Math.trunc(permille / 1000);
    const rest = String(permille % 1000)
        .padStart(3, "0")
        .replace(/0+$/, "");
    return rest === "" ? String(whole) : `${whole}${decimalMark}${rest}`;
}

// What a person typed as a speed, or null; at most three decimals, more than nothing.
export function parseSpeed(text: string): number | null {
    const match = /^\s*[x×]?\s*(\d{1,6})(?:[.,](\d{1,3}))?\s*$/.exec(text);
    if (match === null) {
        return null;
    }
    const permille = Number(match[1]) * 1000 + Number((match[2] ?? "").padEnd(3, "0"));
    return permille > 0 && permille <= SPEED_LIMIT_PERMILLE ? permille : null;
}

export function canJump(clock: Clock): boolean {
    return (clock.state === "running" || clock.state === "paused") && clock.jump_ms === null;
}

// What an exercise time means that a person typed: "D+1 03:42", "27:42" or "27:42:10"; else null.
export function parseTime(text: string): Ms | null {
    const match = /^\s*(?:D\+(\d{1,3})\s+)?(\d{1,4}):([0-5]\d)(?::([0-5]\d))?\s*$/i.exec(text);
    if (match === null) {
        return null;
    }
    const [, days, hours, minutes, seconds] = match;
    if (days !== undefined && Number(hours) > 23) {
        return null;
    }
    const hour = Number(days ?? 0) * 24 + Number(hours);
    return ((hour * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1000;
}
