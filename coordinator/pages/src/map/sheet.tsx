// SPDX-License-Identifier: Apache-2.0
// One sheet of the map: land, links, marks and labels under one projection, clipped to its box. The map
// has one, or two when a crowded part is enlarged.
import { geoPath, type GeoProjection } from "d3-geo";
import { Component } from "preact";
import { useMemo } from "preact/hooks";
import type { AssetNow, AssetStatus, Scenario } from "../api";
import { Mark, outlineOf, STATUSES } from "../frame/mark";
import { textOf, wordsOf } from "../words/words";
import { Crowd, CROWD_LEAST } from "./crowd";
import { type Label, placeLabels, spread, type Wish } from "./declutter";
import type { Land } from "./land";
import { type Box, isPlaced, type Point, type Zoom, zoomed } from "./place";

export interface Chain {
    numbers: Map<number, number>; // Of an asset: its number in the story.
    arrows: [from: number, to: number, likely: boolean][]; // By asset; likely: has not happened.
}

export interface SheetProps {
    name: string; // Unlike that of any other sheet.
    scenario: Scenario;
    states: AssetNow[];
    land: Land | null;
    box: Box;
    covered: Box[]; // Where other things lie on it.
    projection: GeoProjection;
    zoom: Zoom;
    left: (index: number) => boolean; // Assets that this sheet leaves to another one.
    shown: boolean[]; // By asset: passes the filters.
    urgent: number[]; // Assets that are not normal, the most urgent first.
    chain: Chain | null;
    selected: number | null;
    active: number | null; // The one that Tab reaches; null: none on this sheet.
    onSelect: (index: number) => void;
    onZoom: (at: Point) => void;
}

const APART = 16; // Marks on the map; those of a story carry a number at their side.
const APART_NUMBERED = 36;
const LABELS_MAX = 60;
const LABEL_PX = 13;

// Where each asset lies under this projection; null when it has no place or is not shown.
export function pointsOf(scenario: Scenario, shown: boolean[], projection: GeoProjection, zoom: Zoom): (Point | null)[] {
    return scenario.assets.map((asset, index) => {
        const raw = shown[index] && isPlaced(asset) ? projection([asset.longitude, asset.latitude]) : null;
        return raw ? zoomed(raw, zoom) : null;
    });
}

const within = ([x, y]: Point, box: Box): boolean => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;

function LandPaths({ land, projection, zoom }: { land: Land; projection: GeoProjection; zoom: Zoom }) {
    const paths = useMemo(() => {
        const path = geoPath(projection).digits(2);
        return { countries: path(land.countries) ?? "", borders: path(land.borders) ?? "" };
    }, [land, projection]);
    return (
        <g transform={`translate(${zoom.x},${zoom.y}) scale(${zoom.scale})`}>
            <path class="land" d={paths.countries} />
            <path class="border" d={paths.borders} />
        </g>
    );
}

// One path for each state, so that many links are few elements. The state is the supplier's: what it
// no longer delivers.
function Links({ scenario, states, points }: { scenario: Scenario; states: AssetNow[]; points: (Point | null)[] }) {
    const paths = useMemo(() => {
        const parts = Object.fromEntries(STATUSES.map((status) => [status, [] as string[]])) as Record<AssetStatus, string[]>;
        const drawn = new Set<number>();
        for (const { from, to } of scenario.links) {
            const [a, b] = [points[from], points[to]];
            const pair = from * scenario.assets.length + to;
            if (a && b && !drawn.has(pair)) {
                drawn.add(pair);
                parts[states[from].status].push(`M${a[0].toFixed(1)} ${a[1].toFixed(1)}L${b[0].toFixed(1)} ${b[1].toFixed(1)}`);
            }
        }
        return parts;
    }, [scenario, states, points]);
    return (
        <>
            {[...STATUSES].reverse().map((status) => paths[status].length > 0 && <path key={status} class={`link ${status}`} d={paths[status].join("")} />)}
        </>
    );
}

interface AssetMarkProps {
    index: number;
    id: string;
    name: string;
    status: AssetStatus;
    at: Point;
    faded: boolean;
    selected: boolean;
    tab: 0 | -1;
}

// The mark of an asset that keys reach. Few elements, and none touched that stays as it is: at ten
// deltas a second hundreds of these change. Clicks are heard by the map.
class AssetMark extends Component<AssetMarkProps> {
    override shouldComponentUpdate(next: AssetMarkProps): boolean {
        const now = this.props;
        return now.status !== next.status || now.at[0] !== next.at[0] || now.at[1] !== next.at[1] || now.faded !== next.faded || now.selected !== next.selected || now.tab !== next.tab || now.name !== next.name;
    }

    render({ index, id, name, status, at, faded, selected, tab }: AssetMarkProps) {
        const label = `${name}, ${wordsOf("state_", status)}`;
        return (
            <g class={`asset ${status}${faded ? " faded" : ""}${selected ? " selected" : ""}`} transform={`translate(${at[0].toFixed(1)},${at[1].toFixed(1)})`} id={`asset-${id}`} data-index={index} role="button" tabindex={tab} aria-label={label} aria-pressed={selected}>
                <title>{label}</title>
                <use href={`#mark-${status}`} />
            </g>
        );
    }
}

// What the marks on all sheets are copies of.
export function MarkShapes() {
    return (
        <>
            {STATUSES.map((status) => (
                <g key={status} id={`mark-${status}`}>
                    <circle class="hit" r="12.5" />
                    <Mark status={status} r={status === "normal" ? 6 : 8} />
                </g>
            ))}
        </>
    );
}

const DOT = outlineOf("normal", 6).slice(1).replace(/^[-\d. ]+/, "");

// All assets that are normal, as one element; a click finds the nearest.
function Dots({ points, faded, onSelect }: { points: [index: number, at: Point][]; faded: boolean; onSelect: (index: number) => void }) {
    const click = (event: MouseEvent): void => {
        const far = ([, [x, y]]: [number, Point]): number => Math.hypot(x - event.offsetX, y - event.offsetY);
        const nearest = [...points].sort((a, b) => far(a) - far(b))[0];
        onSelect(nearest[0]);
    };
    const start = 0.55 * 6;
    return <path class={`mark normal dots ${faded ? "faded" : ""}`} d={points.map(([, [x, y]]) => `M${(x - start).toFixed(1)} ${y.toFixed(1)}${DOT}`).join("")} onClick={click} />;
}

// A curve from one mark to the next that begins and ends clear of them.
function arc([ax, ay]: Point, [bx, by]: Point, clear: number): string {
    const bend = 0.14;
    const [mx, my] = [(ax + bx) / 2 + (by - ay) * bend, (ay + by) / 2 - (bx - ax) * bend];
    const cut = (x: number, y: number, by_: number): Point => {
        const length = Math.max(1, Math.hypot(mx - x, my - y));
        return [x + ((mx - x) * by_) / length, y + ((my - y) * by_) / length];
    };
    const [sx, sy] = cut(ax, ay, 10);
    const [ex, ey] = cut(bx, by, clear);
    return `M${sx.toFixed(1)} ${sy.toFixed(1)}Q${mx.toFixed(1)} ${my.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}`;
}

function Arrows({ chain, points }: { chain: Chain; points: (Point | null)[] }) {
    return (
        <>
            {chain.arrows.map(([from, to, likely]) => {
                const [a, b] = [points[from], points[to]];
                const near = a && b && Math.hypot(a[0] - b[0], a[1] - b[1]) < 24;
                return a && b && !near && <path key={`${from}-${to}`} class={`cause ${likely ? "likely" : ""}`} d={arc(a, b, 13)} marker-end="url(#arrow)" />;
            })}
        </>
    );
}

function Badge({ at: [x, y], number }: { at: Point; number: number }) {
    const width = number > 9 ? 20 : 16;
    return (
        <g class="badge" transform={`translate(${x.toFixed(1)},${y.toFixed(1)})`} aria-hidden="true">
            <rect x={-width / 2} y="-8" width={width} height="16" rx="3" />
            <text y="4.3">{number}</text>
        </g>
    );
}

// What is written: the story's assets, else the most urgent by name, then places for orientation.
function wishesFor({ scenario, urgent, chain }: SheetProps, places: Map<number, Point>, points: (Point | null)[]): { wishes: Wish[]; strong: number } {
    const named = chain ? urgent.filter((index) => chain.numbers.has(index)) : urgent;
    const strong = named
        .filter((index) => places.has(index))
        .slice(0, LABELS_MAX)
        .map((index): Wish => ({ at: places.get(index)!, text: textOf(scenario.assets[index].name), size: LABEL_PX, clear: chain ? 28 : 12 }));
    const counts = new Map<string, { count: number; at: Point }>();
    const marked = new Set(urgent);
    points.forEach((at, index) => {
        const { place } = scenario.assets[index];
        if (at && place && !marked.has(index)) {
            counts.set(place, { count: (counts.get(place)?.count ?? 0) + 1, at: counts.get(place)?.at ?? at });
        }
    });
    const weak = [...counts]
        .sort((a, b) => b[1].count - a[1].count)
        .slice(0, LABELS_MAX)
        .map(([text, { at }]): Wish => ({ at, text, size: 12, clear: 8 }));
    return { wishes: [...strong, ...weak], strong: strong.length };
}

export function Sheet(props: SheetProps) {
    const { name, scenario, states, land, box, covered, projection, zoom, left, shown, urgent, chain, selected, active, onSelect, onZoom } = props;
    const points = useMemo(() => pointsOf(scenario, shown, projection, zoom), [scenario, shown, projection, zoom]);
    const here = useMemo(() => points.map((point, index) => (point && !left(index) && within(point, box) ? point : null)), [points, left, box]);
    const told = (chain ? [...chain.numbers.keys()].filter((index) => !urgent.includes(index)) : []).concat(urgent).filter((index) => here[index]);
    const crowd = scenario.assets.length > CROWD_LEAST;
    // The story's marks first: they keep their places.
    const order = chain ? [...told.filter((index) => chain.numbers.has(index)), ...told.filter((index) => !chain.numbers.has(index))] : told;
    const spots = useMemo(() => {
        const numbered = chain ? order.filter((index) => chain.numbers.has(index)).length : 0;
        const at = order.map((index) => here[index]!);
        return [...spread(at.slice(0, numbered), APART_NUMBERED), ...spread(at.slice(numbered), APART)];
    }, [order.join(), here]);
    const places = new Map(order.map((index, place) => [index, spots[place]]));
    const { labels, strong } = useMemo(() => {
        const { wishes, strong } = wishesFor({ ...props, urgent: order }, places, here);
        const room = { left: box.x + 4, right: box.x + box.width - 4, top: box.y + 4, bottom: box.y + box.height - 4 };
        return { labels: placeLabels(wishes, [...places.values()], room, covered), strong };
    }, [spots, here, box, covered, chain, scenario]);
    const others = useMemo(() => (crowd ? here.map((point, index) => (places.has(index) ? null : point)) : []), [crowd, here, spots]);
    const normal = crowd ? [] : here.flatMap((point, index): [number, Point][] => (point && !places.has(index) ? [[index, point]] : []));
    const leaders = order.flatMap((index) => {
        const [from, to] = [here[index]!, places.get(index)!];
        return from === to ? [] : [`M${from[0].toFixed(1)} ${from[1].toFixed(1)}L${to[0].toFixed(1)} ${to[1].toFixed(1)}`];
    });
    return (
        <g clip-path={`url(#clip-${name})`}>
            <clipPath id={`clip-${name}`}>
                <rect x={box.x} y={box.y} width={box.width} height={box.height} />
            </clipPath>
            <rect class="sea" x={box.x} y={box.y} width={box.width} height={box.height} />
            {land && <LandPaths land={land} projection={projection} zoom={zoom} />}
            <g class={chain ? "faded" : undefined}>
                {crowd ? (
                    <Crowd scenario={scenario} states={states} links={points} points={others} box={box} onSelect={onSelect} onZoom={onZoom} />
                ) : (
                    <Links scenario={scenario} states={states} points={points} />
                )}
            </g>
            {normal.length > 0 && <Dots points={normal} faded={chain !== null} onSelect={onSelect} />}
            {leaders.length > 0 && <path class="leader" d={leaders.join("")} />}
            {chain && <Arrows chain={chain} points={points.map((point, index) => places.get(index) ?? point)} />}
            {[...order].reverse().map((index) => (
                <AssetMark key={index} index={index} id={scenario.assets[index].id} name={textOf(scenario.assets[index].name)} status={states[index].status} at={places.get(index)!} faded={chain !== null && !chain.numbers.has(index)} selected={selected === index} tab={active === index ? 0 : -1} />
            ))}
            {selected !== null && places.has(selected) && <circle class="ring" cx={places.get(selected)![0]} cy={places.get(selected)![1]} r="15" />}
            {chain && order.map((index) => chain.numbers.has(index) && <Badge key={index} at={[places.get(index)![0] + 18, places.get(index)![1]]} number={chain.numbers.get(index)!} />)}
            {labels.map((one: Label | null, place) => one && <text key={place} class={`label ${place < strong ? "" : "weak"}`} x={one.x.toFixed(1)} y={one.y.toFixed(1)} text-anchor={one.anchor} style={{ fontSize: one.size }}>{one.text}</text>)}
        </g>
    );
}
