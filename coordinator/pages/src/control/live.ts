// SPDX-License-Identifier: Apache-2.0
// The state as of this moment: exercise time and wall time run on between two messages of the server.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Clock, Scenario, State } from "../api";
import { known, nowMs } from "../store/store";

export interface Live {
    scenario: Scenario;
    state: State; // Its clock shows whole seconds of now.
    wallUs: number;
}

const TICK_MS = 500; // Between two looks at the clock.
const DRAW_MS = 200; // Nobody reads faster, and the server may say ten things a second.

// Draws anew when something was heard or time has passed, but not more often than DRAW_MS.
function useDrawing(): void {
    const [, draw] = useState(0);
    useEffect(() => {
        let waiting: ReturnType<typeof setTimeout> | null = null;
        const soon = (): void => {
            waiting ??= setTimeout(() => {
                waiting = null;
                draw((count) => count + 1);
            }, DRAW_MS);
        };
        const ignore = known.watch(soon);
        const timer = setInterval(soon, TICK_MS);
        return () => {
            ignore();
            clearInterval(timer);
            clearTimeout(waiting ?? undefined);
        };
    }, []);
}

export function useLive(): Live {
    useDrawing();
    const all = known.get()!;
    const heard = useRef<{ clock: Clock; at: number } | null>(null);
    const { scenario, state } = all;
    if (heard.current?.clock !== state.clock) {
        heard.current = { clock: state.clock, at: performance.now() };
    }
    const now = Math.floor(nowMs(all) / 1_000) * 1_000;
    const wall = Math.floor((performance.now() - heard.current.at) / 1_000);
    return useMemo(
        () => ({
            scenario,
            state: { ...state, clock: { ...state.clock, now_ms: now } },
            wallUs: state.clock.wall_us + wall * 1_000_000,
        }),
        [scenario, state, now, wall],
    );
}
