// SPDX-License-Identifier: Apache-2.0
// Numbers and times as people read them: thin spaces between thousands, a space before %, HH:MM.
import type { Ms, Ppm } from "../api";
import { words } from "../words/words";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const THIN = "\u202f";

const two = (number: number): string => String(number).padStart(2, "0");

// "D+1", the day of the exercise.
export const dayOf = (ms: Ms): string => `D+${Math.floor(ms / DAY)}`;

// "03:42:18", the time within that day.
export const timeOf = (ms: Ms): string => {
    const second = Math.floor(ms / SECOND);
    return `${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
};

// "03:42".
export const minuteOf = (ms: Ms): string => timeOf(ms).slice(0, 5);

// "03:42" on the same day as `near`, else "D+1 03:42".
export const momentOf = (ms: Ms, near: Ms): string =>
    Math.floor(ms / DAY) === Math.floor(near / DAY) ? minuteOf(ms) : `${dayOf(ms)} ${minuteOf(ms)}`;

// Wall time "10:11:40" in the reader's zone.
export const wallOf = (us: number): string => {
    const date = new Date(us / 1_000);
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
};

// "4:59" below five minutes, else "34 min", "7 h 20", "3 d 4 h".
export function durationOf(ms: Ms): string {
    const left = Math.max(0, ms);
    if (left < 5 * MINUTE) {
        return `${Math.floor(left / MINUTE)}:${two(Math.floor(left / SECOND) % 60)}`;
    }
    if (left < 2 * HOUR) {
        return words("page_minutes", { count: Math.round(left / MINUTE) });
    }
    if (left < 2 * DAY) {
        const minute = Math.floor(left / MINUTE) % 60;
        return words("page_hours", { count: Math.floor(left / HOUR) }) + (minute ? ` ${two(minute)}` : "");
    }
    return words("page_days", { count: Math.round(left / DAY) });
}

// "2 310 000".
export const countOf = (number: number): string => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, THIN);

// At most four characters and a unit: "410 000" stays, "2.84 M".
export function shortOf(number: number): string {
    const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
    return number >= 1e9 ? `${short(number / 1e9)} G` : number >= 1e6 ? `${short(number / 1e6)} M` : countOf(number);
}

// As shortOf, in thousands already below a million: "410 k".
export const peopleOf = (number: number): string => (number >= 1e4 && number < 1e6 ? `${Math.round(number / 1e3)} k` : shortOf(number));

// "67 %"; what is not nothing and not all is never shown as 0 or 100.
export function percentOf(ppm: Ppm): string {
    if (ppm > 0 && ppm < 5_000) {
        return "<1 %";
    }
    if (ppm < 1_000_000 && ppm > 995_000) {
        return ">99 %";
    }
    return `${Math.round(ppm / 10_000)} %`;
}
