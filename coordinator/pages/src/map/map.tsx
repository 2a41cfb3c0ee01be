// SPDX-License-Identifier: Apache-2.0
// The map: all assets of the scenario on their land, the part where they crowd enlarged beside them;
// moved and zoomed by mouse, touch and keys. Tab reaches the assets that are not normal: one stop,
// arrow keys go from one to the next, the most urgent first.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AssetNow, Scenario } from "../api";
import { words } from "../words/words";
import { CROWD_LEAST, URGENT_MAX } from "./crowd";
import type { Land } from "./land";
import { around, type Box, crowdedCountry, fit, isPlaced, type Point, WHOLE, type Zoom } from "./place";
import { type Chain, MarkShapes, pointsOf, Sheet } from "./sheet";

export interface MapProps {
    scenario: Scenario;
    states: AssetNow[];
    land: Land | null;
    shown: boolean[];
    urgent: number[];
    chain: Chain | null;
    selected: number | null;
    onSelect: (index: number | null) => void;
}

const ZOOM_MOST = 40;
const NOTHING: Box[] = [];
const BUTTONS = [90, 54]; // The corner in which they lie.
const SHAKE = 4; // Pixels that a click may move.
const STEP = 1.5;
const CLOSER = 2.5; // Where many assets are one mark.
const MARGIN = 46; // Around the assets: room for labels.
const INSET_SHARE = 0.38; // Of the map's width.
const NEAR = 30; // Marks of a story closer than this go into the inset.

function useSize(): [(element: Element | null) => void, Box] {
    const [box, setBox] = useState<Box>({ x: 0, y: 0, width: 0, height: 0 });
    const watcher = useRef<ResizeObserver | null>(null);
    const attach = useCallback((element: Element | null) => {
        watcher.current?.disconnect();
        if (element) {
            watcher.current = new ResizeObserver(([{ contentRect }]) => setBox({ x: 0, y: 0, width: Math.round(contentRect.width), height: Math.round(contentRect.height) }));
            watcher.current.observe(element);
        }
    }, []);
    return [attach, box];
}

// The assets to enlarge: the story's that lie close together, or those of the crowded country.
function regionOf(scenario: Scenario, chain: Chain | null, points: (Point | null)[], room: Box): number[] {
    if (!chain) {
        const country = crowdedCountry(scenario.assets, points, room);
        return country === null ? [] : scenario.assets.flatMap((asset, index) => (asset.country === country && points[index] ? [index] : []));
    }
    const told = [...chain.numbers.keys()].filter((index) => points[index]);
    const near = (a: number, b: number): boolean => Math.hypot(points[a]![0] - points[b]![0], points[a]![1] - points[b]![1]) < NEAR;
    let best: number[] = [];
    for (const start of told) {
        const group = [start];
        for (const member of group) {
            group.push(...told.filter((other) => !group.includes(other) && near(member, other)));
        }
        best = group.length > best.length ? group : best;
    }
    return best.length > 2 ? best : [];
}

const inset = (box: Box, by: number): Box => ({ x: box.x + by, y: box.y + by, width: box.width - 2 * by, height: box.height - 2 * by });

interface Plan {
    main: ReturnType<typeof fit>;
    enlarged: { box: Box; projection: ReturnType<typeof fit>; source: Box; members: Set<number> } | null;
}

// How the paper is divided: without a crowd all for the whole; else the side nearer to the crowd for it.
function planOf(scenario: Scenario, shown: boolean[], chain: Chain | null, paper: Box): Plan {
    const seen = scenario.assets.filter((_, index) => (chain ? chain.numbers.has(index) : shown[index]));
    const all = fit(seen, inset(paper, MARGIN), paper);
    const points = pointsOf(scenario, chain ? scenario.assets.map((_, index) => chain.numbers.has(index)) : shown, all, WHOLE);
    const width = Math.round(paper.width * INSET_SHARE);
    const region = regionOf(scenario, chain, points, { x: 0, y: 0, width: width - 60, height: paper.height - 120 });
    if (region.length === 0) {
        return { main: all, enlarged: null };
    }
    const middle = region.reduce((sum, index) => sum + points[index]![0], 0) / region.length;
    const onLeft = middle < paper.width / 2;
    const box: Box = { x: onLeft ? 12 : paper.width - width - 12, y: 12, width, height: Math.min(paper.height - 24, Math.round(width * 1.25)) };
    const rest: Box = { x: onLeft ? width + 12 : 0, y: 0, width: paper.width - width - 12, height: paper.height };
    const main = fit(seen, inset(rest, MARGIN), paper);
    const members = new Set(region);
    const projected = region.map((index) => scenario.assets[index]).filter(isPlaced).map(({ longitude, latitude }) => main([longitude, latitude])!);
    return { main, enlarged: { box, projection: fit(region.map((index) => scenario.assets[index]), inset(box, 34), box), source: around(projected, 7), members } };
}

function Enlarged({ plan }: { plan: NonNullable<Plan["enlarged"]> }) {
    const { box, source } = plan;
    const edge = box.x > source.x ? box.x : box.x + box.width;
    const side = box.x > source.x ? source.x + source.width : source.x;
    return (
        <>
            <path class="funnel" d={`M${side} ${source.y}L${edge} ${box.y}V${box.y + box.height}L${side} ${source.y + source.height}Z`} />
            <rect class="source" {...source} />
        </>
    );
}

// Wheel, two buttons and a drag change the zoom; what is under the pointer stays there.
function useZoom(paper: Box): [Zoom, (factor: number, x?: number, y?: number) => void, (dx: number, dy: number) => void, () => void] {
    const [zoom, setZoom] = useState(WHOLE);
    const by = (factor: number, x = paper.width / 2, y = paper.height / 2): void =>
        setZoom((before) => {
            const scale = Math.min(ZOOM_MOST, Math.max(1, before.scale * factor));
            const real = scale / before.scale;
            return scale === 1 ? WHOLE : { scale, x: x - (x - before.x) * real, y: y - (y - before.y) * real };
        });
    const move = (dx: number, dy: number): void => setZoom((before) => (before.scale === 1 ? before : { ...before, x: before.x + dx, y: before.y + dy }));
    return [zoom, by, move, () => setZoom(WHOLE)];
}

export function AssetMap({ scenario, states, land, shown, urgent, chain, selected, onSelect }: MapProps) {
    const [attach, paper] = useSize();
    const [zoom, zoomBy, moveBy, zoomOut] = useZoom(paper);
    const [focus, setFocus] = useState<number | null>(null);
    const drag = useRef<{ x: number; y: number; moved: number } | null>(null);
    const key = `${shown.map(Number).join("")}${chain ? [...chain.numbers.keys()].join() : ""}`;
    const plan = useMemo(() => (paper.width > 0 ? planOf(scenario, shown, chain, paper) : null), [scenario, key, chain !== null, paper]);
    useEffect(zoomOut, [key]);

    const reached = scenario.assets.length > CROWD_LEAST ? urgent.slice(0, URGENT_MAX) : urgent;
    const told = chain ? urgent.filter((index) => chain.numbers.has(index)) : reached;
    const active = focus !== null && told.includes(focus) ? focus : (told[0] ?? null);
    const enlarged = zoom.scale === 1 ? (plan?.enlarged ?? null) : null;
    const inMain = useCallback((index: number) => enlarged?.members.has(index) ?? false, [enlarged]);
    const inInset = useCallback((index: number) => !enlarged?.members.has(index), [enlarged]);

    const go = (index: number): void => {
        setFocus(index);
        document.getElementById(`asset-${scenario.assets[index].id}`)?.focus();
    };
    const hear = (event: KeyboardEvent): void => {
        const place = active === null ? -1 : told.indexOf(active);
        const steps: Record<string, number> = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: told.length - 1 };
        const at = (event.target as Element).closest(".asset");
        if (at && event.key in steps && told.length > 0) {
            event.preventDefault();
            go(told[(steps[event.key] + told.length) % told.length]);
        } else if (at && (event.key === "Enter" || event.key === " ") && active !== null) {
            event.preventDefault();
            onSelect(active);
        } else if (event.key === "+" || event.key === "=") {
            zoomBy(STEP);
        } else if (event.key === "-") {
            zoomBy(1 / STEP);
        } else if (event.key === "0") {
            zoomOut();
        }
    };
    const covered = useMemo(() => {
        const buttons = { x: paper.width - BUTTONS[0], y: paper.height - BUTTONS[1], width: BUTTONS[0], height: BUTTONS[1] };
        return enlarged ? [enlarged.box, buttons] : [buttons];
    }, [enlarged, paper]);
    const closer = ([x, y]: Point): void => zoomBy(CLOSER, x, y);
    const common = { scenario, states, land, shown, urgent: reached, chain, selected, onSelect, onZoom: closer };
    return (
        <div class="map" ref={attach}>
            {plan && (
                <svg
                    viewBox={`0 0 ${paper.width} ${paper.height}`}
                    role="group"
                    aria-label={words("page_map_label", { count: told.length })}
                    onKeyDown={hear}
                    onWheel={(event) => {
                        event.preventDefault();
                        zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
                    }}
                    onPointerDown={(event) => (drag.current = { x: event.clientX, y: event.clientY, moved: 0 })}
                    onPointerMove={(event) => {
                        if (drag.current && event.buttons) {
                            const [dx, dy] = [event.clientX - drag.current.x, event.clientY - drag.current.y];
                            moveBy(dx, dy);
                            drag.current = { x: event.clientX, y: event.clientY, moved: drag.current.moved + Math.hypot(dx, dy) };
                        }
                    }}
                    onClickCapture={(event) => {
                        const at = (event.target as Element).closest<SVGElement>(".asset");
                        if ((drag.current?.moved ?? 0) > SHAKE) {
                            event.stopPropagation(); // The end of a drag.
                        } else if (at) {
                            onSelect(Number(at.dataset.index));
                        }
                    }}
                >
                    <defs>
                        <MarkShapes />
                        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto">
                            <path class="arrow-head" d="M0 0L8 4L0 8Z" />
                        </marker>
                    </defs>
                    <Sheet {...common} name="main" box={paper} covered={covered} projection={plan.main} zoom={zoom} left={inMain} active={active !== null && !inMain(active) ? active : null} />
                    {enlarged && <Enlarged plan={enlarged} />}
                    {enlarged && (
                        <>
                            <Sheet {...common} name="inset" box={enlarged.box} covered={NOTHING} projection={enlarged.projection} zoom={WHOLE} left={inInset} active={active !== null && !inInset(active) ? active : null} />
                            <rect class="inset-edge" {...enlarged.box} />
                        </>
                    )}
                </svg>
            )}
            <div class="zoom screen-only">
                <button aria-label={words("page_zoom_in")} title={words("page_zoom_in")} onClick={() => zoomBy(STEP)}>
                    +
                </button>
                <button aria-label={words("page_zoom_out")} title={words("page_zoom_out")} onClick={() => zoomBy(1 / STEP)} disabled={zoom.scale === 1}>
                    −
                </button>
            </div>
        </div>
    );
}
