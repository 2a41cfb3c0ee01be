// SPDX-License-Identifier: Apache-2.0
// Marks that would lie on one another move apart, and labels try four places. Pure; first come, first
// served, so callers sort by urgency.
import type { Box, Point } from "./place";

const RINGS = 6;
const STEPS = 10; // Places tried on the first ring.

// A place for each mark: its own when free, else the nearest free one around it.
// `apart`: pixels between the middles of two marks.
export function spread(points: Point[], apart: number): Point[] {
    const taken: Point[] = [];
    const cells = new Map<string, Point[]>();
    const cell = (value: number): number => Math.floor(value / apart);
    const free = ([x, y]: Point): boolean => {
        for (let dx = -1; dx <= 1; dx++) {
            for (let dy = -1; dy <= 1; dy++) {
                const near = cells.get(`${cell(x) + dx},${cell(y) + dy}`);
                if (near?.some((other) => Math.hypot(other[0] - x, other[1] - y) < apart)) {
                    return false;
                }
            }
        }
        return true;
    };
    for (const point of points) {
        let place = point;
        for (let ring = 0; ring <= RINGS && !free(place); ring++) {
            const count = STEPS + ring * 6;
            for (let step = 0; step < count; step++) {
                const angle = (2 * Math.PI * step) / count + ring;
                const tried: Point = [point[0] + Math.cos(angle) * apart * (ring + 1), point[1] + Math.sin(angle) * apart * (ring + 1)];
                if (free(tried)) {
                    place = tried;
                    break;
                }
            }
        }
        taken.push(place);
        const key = `${cell(place[0])},${cell(place[1])}`;
        cells.set(key, [...(cells.get(key) ?? []), place]);
    }
    return taken;
}

export interface Wish {
    at: Point;
    text: string;
    size: number; // Of the letters, in pixels.
    clear: number; // How far from the middle of the mark the text begins.
}
export interface Label extends Wish {
    x: number;
    y: number; // Of the baseline.
    anchor: "start" | "middle" | "end";
}
interface Rect {
    left: number;
    right: number;
    top: number;
    bottom: number;
}

const LETTER = 0.56; // Mean width of a letter, of its size.

// The labels that find a place: right, left, above, below of their mark, inside `within`, on no mark
// on no other label, and not where something else covers the paper. Null for those that do not.
export function placeLabels(wishes: Wish[], marks: Point[], within: Rect, covered: Box[]): (Label | null)[] {
    const taken: Rect[] = marks.map(([x, y]) => ({ left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 }));
    taken.push(...covered.map(({ x, y, width, height }) => ({ left: x, right: x + width, top: y, bottom: y + height })));
    return wishes.map((wish) => {
        const [x, y] = wish.at;
        const width = wish.text.length * wish.size * LETTER;
        const half = wish.size / 2;
        const places: [number, number, Label["anchor"]][] = [
            [x + wish.clear, y + half * 0.7, "start"],
            [x - wish.clear, y + half * 0.7, "end"],
            [x, y - wish.clear, "middle"],
            [x, y + wish.clear + wish.size * 0.75, "middle"],
        ];
        for (const [left, base, anchor] of places) {
            const start = anchor === "start" ? left : anchor === "end" ? left - width : left - width / 2;
            const rect = { left: start - 2, right: start + width + 2, top: base - wish.size, bottom: base + wish.size * 0.3 };
            const inside = rect.left >= within.left && rect.right <= within.right && rect.top >= within.top && rect.bottom <= within.bottom;
            if (inside && !taken.some((other) => rect.left < other.right && other.left < rect.right && rect.top < other.bottom && other.top < rect.bottom)) {
                taken.push(rect);
                return { ...wish, x: left, y: base, anchor };
            }
        }
        return null;
    });
}
