// SPDX-License-Identifier: Apache-2.0
// A value that components watch: they render again when it is set to something else.
import { useEffect, useState } from "preact/hooks";

export class Value<T> {
    private watchers = new Set<() => void>();

    constructor(private value: T) {}

    get(): T {
        return this.value;
    }

    set(next: T): void {
        if (!Object.is(next, this.value)) {
            this.value = next;
            this.watchers.forEach((watcher) => watcher());
        }
    }

    // Calls the watcher after each change; the function returned ends that.
    watch(watcher: () => void): () => void {
        this.watchers.add(watcher);
        return () => this.watchers.delete(watcher);
    }
}

// The value, or what pick makes of it; the component renders only when that differs.
export function useValue<T>(value: Value<T>): T;
export function useValue<T, P>(value: Value<T>, pick: (all: T) => P): P;
export function useValue<T, P>(value: Value<T>, pick?: (all: T) => P): T | P {
    const read = (): T | P => (pick ? pick(value.get()) : value.get());
    const now = read();
    const [, render] = useState(0);
    useEffect(() => {
        let shown = now;
        const look = (): void => {
            const next = read();
            if (!Object.is(next, shown)) {
                shown = next;
                render((count) => count + 1);
            }
        };
        look(); // It may have changed between rendering and this.
        return value.watch(look);
    }, [value, now]);
    return now;
}
