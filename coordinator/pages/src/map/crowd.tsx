// SPDX-License-Identifier: Apache-2.0
// The layer under the marks when there are too many assets for elements of their own: links, and assets
// gathered by squares, each as its worst state and how many they are; drawn, not built.
import { useEffect, useRef } from "preact/hooks";
import type { AssetNow, AssetStatus, Scenario } from "../api";
import { insideOf, outlineOf, STATUSES } from "../frame/mark";
import { useTheme } from "../theme/theme";
import type { Box, Point } from "./place";

// From here on; and how many of the most urgent assets still are elements, which keys reach.
export const CROWD_LEAST = 2_000;
export const URGENT_MAX = 300;

const SQUARE = 26; // Pixels.

export interface Gathered {
    at: Point;
    count: number;
    worst: AssetStatus;
    index: number; // The asset itself when it is alone, else the first of them.
}

// Assets by squares: where their middle lies, how many they are, and the worst state. Pure.
export function gather(points: (Point | null)[], states: AssetNow[], box: Box): Gathered[] {
    const squares = new Map<number, { x: number; y: number; count: number; rank: number; index: number }>();
    const across = Math.ceil(box.width / SQUARE) + 1;
    points.forEach((point, index) => {
        if (!point || point[0] < box.x || point[1] < box.y || point[0] > box.x + box.width || point[1] > box.y + box.height) {
            return;
        }
        const key = Math.floor((point[1] - box.y) / SQUARE) * across + Math.floor((point[0] - box.x) / SQUARE);
        const square = squares.get(key) ?? { x: 0, y: 0, count: 0, rank: STATUSES.length, index };
        square.x += point[0];
        square.y += point[1];
        square.count++;
        square.rank = Math.min(square.rank, STATUSES.indexOf(states[index].status));
        squares.set(key, square);
    });
    return [...squares.values()].map(({ x, y, count, rank, index }) => ({ at: [x / count, y / count], count, worst: STATUSES[rank], index }));
}

function drawLinks(pen: CanvasRenderingContext2D, scenario: Scenario, states: AssetNow[], points: (Point | null)[], colour: (name: string) => string): void {
    for (const status of [...STATUSES].reverse()) {
        pen.beginPath();
        for (const { from, to } of scenario.links) {
            const [a, b] = [points[from], points[to]];
            if (a && b && states[from].status === status) {
                pen.moveTo(a[0], a[1]);
                pen.lineTo(b[0], b[1]);
            }
        }
        pen.strokeStyle = colour(status === "normal" ? "line" : status);
        pen.globalAlpha = status === "normal" ? 0.12 : 0.5;
        pen.lineWidth = status === "normal" ? 0.6 : 1;
        pen.setLineDash(status === "failed" ? [4, 3] : []);
        pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
}

function drawSquares(pen: CanvasRenderingContext2D, squares: Gathered[], colour: (name: string) => string, font: string): void {
    const rank = ({ worst }: Gathered): number => STATUSES.indexOf(worst);
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    for (const square of [...squares].sort((a, b) => rank(b) - rank(a))) {
        const r = square.worst === "normal" ? Math.min(9, 4 + Math.log2(square.count)) : 7;
        pen.save();
        pen.translate(square.at[0], square.at[1]);
        pen.fillStyle = colour(square.worst);
        pen.strokeStyle = colour("sea");
        pen.lineWidth = 1.5;
        pen.fill(new Path2D(outlineOf(square.worst, r)));
        pen.stroke(new Path2D(outlineOf(square.worst, r)));
        pen.strokeStyle = colour("ink");
        pen.lineWidth = 2;
        pen.stroke(new Path2D(insideOf(square.worst, r)));
        if (square.count > 1 && square.worst !== "normal") {
            pen.font = `600 11px ${font}`;
            pen.strokeStyle = colour("sea");
            pen.lineWidth = 3;
            pen.strokeText(String(square.count), r + 2, 0);
            pen.fillStyle = colour("text");
            pen.fillText(String(square.count), r + 2, 0);
        }
        pen.restore();
    }
}

interface CrowdProps {
    scenario: Scenario;
    states: AssetNow[];
    links: (Point | null)[]; // Where links begin and end.
    points: (Point | null)[]; // Where assets are that have no mark of their own.
    box: Box;
    onSelect: (index: number) => void;
    onZoom: (at: Point) => void;
}

export function Crowd({ scenario, states, links, points, box, onSelect, onZoom }: CrowdProps) {
    const canvas = useRef<HTMLCanvasElement>(null);
    const squares = useRef<Gathered[]>([]);
    const theme = useTheme();
    useEffect(() => {
        const sheet = canvas.current!;
        const sharp = devicePixelRatio;
        sheet.width = box.width * sharp;
        sheet.height = box.height * sharp;
        const pen = sheet.getContext("2d")!;
        const style = getComputedStyle(document.documentElement);
        const colour = (name: string): string => style.getPropertyValue(`--${name}`);
        pen.setTransform(sharp, 0, 0, sharp, -box.x * sharp, -box.y * sharp);
        drawLinks(pen, scenario, states, links, colour);
        squares.current = gather(points, states, box);
        drawSquares(pen, squares.current, colour, getComputedStyle(sheet).fontFamily);
    }, [scenario, states, links, points, box, theme]);
    // One asset alone is selected; where there are more, the map goes closer.
    const click = (event: MouseEvent): void => {
        const at: Point = [event.offsetX + box.x, event.offsetY + box.y];
        const near = squares.current.find((square) => Math.hypot(square.at[0] - at[0], square.at[1] - at[1]) < 12);
        if (near?.count === 1) {
            onSelect(near.index);
        } else if (near) {
            onZoom(near.at);
        }
    };
    return (
        <foreignObject x={box.x} y={box.y} width={box.width} height={box.height}>
            <canvas ref={canvas} class="crowd" style={{ width: box.width, height: box.height }} onClick={click} aria-hidden="true" />
        </foreignObject>
    );
}
