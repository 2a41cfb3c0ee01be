// SPDX-License-Identifier: Apache-2.0
// A delta put into a state. Pure: parts that a delta does not name stay the same objects, so that what
// shows them need not render again.
import type { AssetNow, Delta, Entry, State } from "../api";

const LOG_MAX = 200; // As many as a state holds.

// Elements of `changes` replace those of the same key in `all`; new ones go to the end.
function put<T>(all: T[], changes: T[] | undefined, key: (one: T) => string | number): T[] {
    if (!changes?.length) {
        return all;
    }
    const next = [...all];
    const places = new Map(all.map((one, place) => [key(one), place]));
    for (const change of changes) {
        const place = places.get(key(change));
        if (place === undefined) {
            places.set(key(change), next.push(change) - 1);
        } else {
            next[place] = change;
        }
    }
    return next;
}

function putAssets(all: AssetNow[], changes: AssetNow[] | undefined): AssetNow[] {
    if (!changes?.length) {
        return all;
    }
    const next = [...all];
    for (const change of changes) {
        next[change.index] = change;
    }
    return next;
}

function putLog(all: Entry[], added: Entry[] | undefined): Entry[] {
    if (!added?.length) {
        return all;
    }
    const last = all.at(-1)?.sequence ?? -1;
    return [...all, ...added.filter((one) => one.sequence > last)].slice(-LOG_MAX);
}

// The state after a delta; the same state when the delta is not newer.
export function applyDelta(state: State, delta: Delta): State {
    if (delta.sequence < state.sequence) {
        return state;
    }
    return {
        sequence: delta.sequence,
        clock: delta.clock ?? state.clock,
        assets: putAssets(state.assets, delta.assets),
        cells: put(state.cells, delta.cells, (one) => one.id),
        injects: put(state.injects, delta.injects, (one) => one.id),
        rfis: put(state.rfis, delta.rfis, (one) => one.number),
        indicators: delta.indicators ?? state.indicators,
        matrix: delta.matrix ?? state.matrix,
        roots: put(state.roots, delta.roots, (one) => one.id),
        alarms: delta.alarms ?? state.alarms,
        log: putLog(state.log, delta.log),
    };
}
