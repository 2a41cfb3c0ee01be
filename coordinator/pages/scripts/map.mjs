// SPDX-License-Identifier: Apache-2.0
// world-atlas -> public/map/*.json: the land that pages draw, as TopoJSON; nothing is fetched at play.
//   europe.json  Europe and its neighbours, detailed enough for a region; part of the first load
//   world.json   the whole world, coarser; fetched only by a scenario that reaches beyond Europe
import fs from "node:fs";
import { createRequire } from "node:module";
import { geoArea, geoBounds, geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import { feature } from "topojson-client";
import { topology } from "topojson-server";
import { presimplify, simplify } from "topojson-simplify";

const require = createRequire(import.meta.url);
export const EUROPE = [[-25, 34], [46, 72]]; // Degrees: west and south, east and north.

function atlas(name) {
    const world = JSON.parse(fs.readFileSync(require.resolve(`world-atlas/${name}.json`), "utf8"));
    return feature(world, world.objects.countries).features.map((one) => ({ ...one, geometry: cleaned(one.geometry, 0) }));
}

// The countries that touch the box, cut at its edges; only their borders are kept.
function clip(features, box) {
    const cut = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).reflectY(true).precision(0).clipExtent(box);
    const kept = [];
    for (const one of features) {
        const [[west, south], [east, north]] = geoBounds(one);
        if (west <= east && (east < box[0][0] || west > box[1][0] || north < box[0][1] || south > box[1][1])) {
            continue;
        }
        const geometry = geoProject(one.geometry, cut);
        if (geometry?.coordinates?.length) {
            kept.push({ type: "Feature", id: one.id, properties: {}, geometry });
        }
    }
    return kept;
}

// Rings with no area left go; the others run so that the sphere takes their inside for land.
function cleaned(geometry, least) {
    const area = (ring) => Math.abs(ring.slice(1).reduce((sum, [x, y], i) => sum + ring[i][0] * y - x * ring[i][1], 0)) / 2;
    const polygons = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates)
        .map((rings) => rings.filter((ring) => area(ring) > least))
        .filter((rings) => rings.length > 0)
        .map((rings) => (isOutside({ type: "Polygon", coordinates: rings }) ? rings.map((ring) => [...ring].reverse()) : rings));
    return polygons.length > 0 ? { type: "MultiPolygon", coordinates: polygons } : null;
}

const isOutside = (polygon) => geoArea(polygon) > 2 * Math.PI;

// Quantised to a grid of `steps`; rings smaller than `least` (square degrees) lose their detail.
function write(path, features, steps, least) {
    const full = presimplify(topology({ countries: { type: "FeatureCollection", features } }));
    const plain = simplify(full, least);
    const countries = feature(plain, plain.objects.countries)
        .features.map((one) => ({ ...one, geometry: one.geometry && cleaned(one.geometry, least) }))
        .filter((one) => one.geometry);
    const small = topology({ countries: { type: "FeatureCollection", features: countries } }, steps);
    if (feature(small, small.objects.countries).features.some(isOutside)) {
        throw new Error(`${path}: a ring runs the wrong way`);
    }
    fs.writeFileSync(path, JSON.stringify(small));
}

export function generateMaps(folder) {
    fs.mkdirSync(folder, { recursive: true });
    write(`${folder}/europe.json`, clip(atlas("countries-10m"), EUROPE), 1.5e4, 1.2e-3);
    const plain = atlas("countries-50m").map(({ id, geometry }) => ({ type: "Feature", id, properties: {}, geometry }));
    write(`${folder}/world.json`, plain, 2e4, 1e-3);
}
