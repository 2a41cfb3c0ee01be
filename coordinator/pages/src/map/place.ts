// SPDX-License-Identifier: Apache-2.0
// Where on the paper things go: the projection that shows all assets, and the enlarged inset for the
// country where they lie too close together. Pure.
import { geoConicConformal, geoEqualEarth, type GeoProjection } from "d3-geo";
import type { ScenarioAsset } from "../api";

export type Point = readonly [x: number, y: number];
export interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
}
export interface Zoom {
    scale: number;
    x: number;
    y: number;
}
export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };

type Placed = ScenarioAsset & { longitude: number; latitude: number };

export const isPlaced = (asset: ScenarioAsset): asset is Placed => asset.longitude !== null && asset.latitude !== null;

const LEAST_DEGREES = 1.6;
const WIDE_DEGREES = 100; // From here on a map of the world, not of a region.

// A projection that puts all of these assets into the box.
export function fit(assets: ScenarioAsset[], box: Box, paper: Box): GeoProjection {
    const placed = assets.filter(isPlaced);
    const points = placed.length > 0 ? placed.map(({ longitude, latitude }): [number, number] => [longitude, latitude]) : [[-10, 36], [30, 64]] as [number, number][];
    const longitudes = points.map(([longitude]) => longitude);
    const latitudes = points.map(([, latitude]) => latitude);
    const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
    const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
    // One point alone still has surroundings.
    const [aside, above] = [Math.max(0.4, LEAST_DEGREES - (east - west) / 2), Math.max(0.2, (LEAST_DEGREES - (north - south)) / 2)];
    const corners: [number, number][] = [[west - aside, south - above], [east + aside, north + above], [west - aside, north + above], [east + aside, south - above]];
    const wide = east - west > WIDE_DEGREES;
    const projection = wide
        ? geoEqualEarth()
        : geoConicConformal().parallels(parallelsOf(south, north));
    projection.rotate([-(west + east) / 2, 0]);
    projection.fitExtent([[box.x, box.y], [box.x + box.width, box.y + box.height]], { type: "MultiPoint", coordinates: [...points, ...corners] });
    // What is left out to the sides is there when the reader moves the map.
    return projection.clipExtent([[paper.x - paper.width, paper.y - paper.height], [paper.x + 2 * paper.width, paper.y + 2 * paper.height]]);
}

// A sixth in from either end of the latitudes; a cone needs them apart and not mirrored.
function parallelsOf(south: number, north: number): [number, number] {
    const in_ = Math.max((north - south) / 6, 0.1);
    const [low, high] = [south + in_, north - in_];
    return Math.abs(low + high) < 2 ? [low, high + 4] : [low, Math.max(high, low + 0.2)];
}

export function zoomed(point: Point, zoom: Zoom): Point {
    return [point[0] * zoom.scale + zoom.x, point[1] * zoom.scale + zoom.y];
}

const CROWDED = 14; // So many assets make a crowd …
const GAIN = 2; // … that is enlarged if that makes it at least so much larger.

// The country to enlarge: the one with most assets, when they crowd. Null when nothing does.
export function crowdedCountry(assets: ScenarioAsset[], at: (Point | null)[], room: Box): number | null {
    const members = new Map<number, Point[]>();
    assets.forEach(({ country }, index) => {
        const point = at[index];
        if (point) {
            members.set(country, [...(members.get(country) ?? []), point]);
        }
    });
    const [country, points] = [...members].sort((a, b) => b[1].length - a[1].length)[0] ?? [null, []];
    if (members.size < 2 || points.length < CROWDED) {
        return null;
    }
    const { width, height } = around(points, 6);
    return Math.min(room.width / width, room.height / height) >= GAIN ? country : null;
}

// The box around points, and so many pixels more.
export function around(points: Point[], by: number): Box {
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const [x, y] = [Math.min(...xs) - by, Math.min(...ys) - by];
    return { x, y, width: Math.max(...xs) + by - x, height: Math.max(...ys) + by - y };
}
