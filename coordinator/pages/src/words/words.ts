// SPDX-License-Identifier: Apache-2.0
// Every word that pages show, in the language of whoever looks. A key that is not in words.csv, and a
// {place} that is not filled, do not compile. What comes from the scenario or the server is a Text, in
// the languages that it has.
import type { Text } from "../api";
import { LANGUAGES, TABLE } from "../generated/words";
import { useValue, Value } from "../store/value";

export type Language = (typeof LANGUAGES)[number];
export type Key = keyof typeof TABLE;
type Places<S> = S extends `${string}{${infer P}}${infer Rest}` ? P | Places<Rest> : never;
type Filled<K extends Key> = Places<(typeof TABLE)[K][0]>;

const KEPT = "spillover-language";

function first(): Language {
    const asked = new URLSearchParams(location.search).get("lang");
    const wishes = [asked, localStorage.getItem(KEPT), ...navigator.languages];
    for (const wish of wishes) {
        const found = LANGUAGES.find((one) => wish?.toLowerCase().split("-")[0] === one);
        if (found) {
            return found;
        }
    }
    return LANGUAGES[0];
}

export const language = new Value<Language>(first());
export { LANGUAGES };

export function setLanguage(next: Language): void {
    localStorage.setItem(KEPT, next);
    language.set(next);
}

// The words of a key, with each {place} filled: words("page_out_of", { count: 3, all: 9 }).
export function words<K extends Key>(
    key: K,
    ...filled: [Filled<K>] extends [never] ? [] : [Record<Filled<K>, string | number>]
): string {
    const text: string = TABLE[key][LANGUAGES.indexOf(language.get())];
    const values = (filled[0] ?? {}) as Record<string, string | number>;
    return text.replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

// The words of a key that is put together from data, "state_" and a state; the data as it is when
// there is no such key.
export function wordsOf(prefix: "inject_" | "state_", name: string): string {
    const key = prefix + name;
    return key in TABLE ? TABLE[key as Key][LANGUAGES.indexOf(language.get())] : name;
}

// A text of the scenario or the server, in the language chosen or, failing that, one that it has.
export function textOf(text: Text | null | undefined): string {
    if (!text) {
        return "";
    }
    return text[language.get()] ?? text[LANGUAGES[0]] ?? Object.values(text)[0] ?? "";
}

// With a capital letter: the names of sectors and states stand small in the middle of sentences.
export const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);

// The language in which textOf gives the text, for lang=, when it is not that of the page.
export function languageOf(text: Text | null | undefined): string | undefined {
    const chosen = language.get();
    if (!text || text[chosen] !== undefined) {
        return undefined;
    }
    return text[LANGUAGES[0]] !== undefined ? LANGUAGES[0] : Object.keys(text)[0];
}

// For components: renders again when the language changes.
export function useLanguage(): Language {
    return useValue(language);
}
