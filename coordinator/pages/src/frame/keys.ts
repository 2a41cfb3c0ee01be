// SPDX-License-Identifier: Apache-2.0
// Keys of a whole page. They are silent while somebody types, and with Ctrl, Alt or Meta held.
import { useEffect } from "preact/hooks";

export type Keys = { [key: string]: () => void }; // By KeyboardEvent.key.

export function useKeys(keys: Keys): void {
    useEffect(() => {
        const hear = (event: KeyboardEvent): void => {
            const at = event.target as HTMLElement;
            if (event.ctrlKey || event.altKey || event.metaKey || at.closest("input, textarea, select, [contenteditable]")) {
                return;
            }
            const act = keys[event.key];
            if (act) {
                event.preventDefault();
                act();
            }
        };
        addEventListener("keydown", hear);
        return () => removeEventListener("keydown", hear);
    });
}
