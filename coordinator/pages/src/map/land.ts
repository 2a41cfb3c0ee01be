// SPDX-License-Identifier: Apache-2.0
// The land under the assets: detailed where all of them lie in Europe, else the whole world.
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { ScenarioAsset } from "../api";

export interface Land {
    countries: GeoJSON.FeatureCollection;
    borders: GeoJSON.MultiLineString; // Between countries; coasts are none.
}

// West, south, east, north of europe.json: scripts/map.mjs cuts there.
const EUROPE = [-25, 34, 46, 72];

const inEurope = ({ longitude, latitude }: ScenarioAsset): boolean =>
    longitude === null || latitude === null || (longitude > EUROPE[0] && longitude < EUROPE[2] && latitude > EUROPE[1] && latitude < EUROPE[3]);

export async function loadLand(assets: ScenarioAsset[]): Promise<Land> {
    const response = await fetch(assets.every(inEurope) ? "/map/europe.json" : "/map/world.json");
    const topology = (await response.json()) as Topology<{ countries: GeometryCollection }>;
    const { countries } = topology.objects;
    return { countries: feature(topology, countries), borders: mesh(topology, countries, (a, b) => a !== b) };
}
