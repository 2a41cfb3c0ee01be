// SPDX-License-Identifier: Apache-2.0
// A list whose rows have just moved takes no click of a pointer: it was meant for what stood there
// before. Keys are not held up, since the focus moves along with its button.
import { useLayoutEffect, useRef } from "preact/hooks";

const GUARD_MS = 400;

// For onClickCapture of the list; `rows` names its rows in their order.
export function useGuard(rows: readonly string[]): (event: MouseEvent) => void {
    const moved = useRef(-Infinity);
    const shown = useRef<string | null>(null);
    const order = rows.join("\n");
    useLayoutEffect(() => {
        if (shown.current !== null) {
            moved.current = performance.now();
        }
        shown.current = order;
    }, [order]);
    return (event) => {
        if (event.detail > 0 && performance.now() - moved.current < GUARD_MS) {
            event.stopPropagation();
            event.preventDefault();
        }
    };
}
