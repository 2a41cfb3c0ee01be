// SPDX-License-Identifier: Apache-2.0
// The state as of this moment: exercise time and wall time run on between two messages of the server.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Clock, Scenario, State } from "../api";
import { known, nowMs } from "../store/store";
import { useValue } from "../store/value";

export interface Live {
    scenario: Scenario;
    state: State; // Its clock shows whole seconds of now.
    wallUs: number;
}

const DRAW_MS = 500;

export function useLive(): Live {
    const all = useValue(known)!;
    const [, draw] = useState(0);
    const heard = useRef<{ clock: Clock; at: number } | null>(null);
    useEffect(() => {
        const timer = setInterval(() => draw((count) => count + 1), DRAW_MS);
        return () => clearInterval(timer);
    }, []);
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
