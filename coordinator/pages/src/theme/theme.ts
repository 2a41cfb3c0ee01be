// SPDX-License-Identifier: Apache-2.0
// Dark, light, or as the reader's system has it; and the scale of a big screen.
import { useValue, Value } from "../store/value";

export type Theme = "dark" | "light";

const KEPT = "spillover-theme";
const system = matchMedia("(prefers-color-scheme: light)");

function first(): Theme {
    const asked = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem(KEPT);
    return asked === "dark" || asked === "light" ? asked : system.matches ? "light" : "dark";
}

export const theme = new Value<Theme>(first());

function show(): void {
    document.documentElement.dataset.theme = theme.get();
}

export function setTheme(next: Theme): void {
    localStorage.setItem(KEPT, next);
    theme.set(next);
}

export function useTheme(): Theme {
    return useValue(theme);
}

// Paper is light whatever the screen is.
export function startTheme(): void {
    show();
    theme.watch(show);
    system.addEventListener("change", () => localStorage.getItem(KEPT) ?? theme.set(first()));
    addEventListener("beforeprint", () => (document.documentElement.dataset.theme = "light"));
    addEventListener("afterprint", show);
}
