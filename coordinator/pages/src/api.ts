// SPDX-License-Identifier: Apache-2.0
// What the coordinator says to pages and scripts, version 1. The server prints it
// (coordinator/control/web), coordinator/control/openapi.json describes it for other languages, and
// a test holds the three together.
//
// GET  /api/v1/scenario            Scenario: facts that do not change during play
// GET  /api/v1/state               State: everything that does, as of one record
// GET  /api/v1/events              Server-Sent Events: `state` (State), then `delta` (Delta);
//                                  id: the sequence of the last durable record that it is as of
// GET  /api/v1/why?asset=ID        Why
// GET  /api/v1/but-for?asset=ID&root=KIND:ID   ButFor
// GET  /api/v1/forecast            Forecast or 404; POST /api/v1/forecast asks for a new one
// POST /api/v1/control             Command -> Answer (200; 409 when the exercise refuses it)
//
// Times are exercise time in ms from the start, unless they end in _us (wall, since 1970). null:
// it has not happened, or never will. Levels are millionths (ppm). Ids are the scenario's. What is
// named with an index is the index in Scenario's list.

export type Text = { [language: string]: string }; // "en", "nl"; at least the first of languages.
export type Ms = number;
export type Ppm = number;
export type Index = number;

export type AssetStatus = "normal" | "degraded" | "failed" | "restoring" | "islanded";
export type ClockState = "not_started" | "running" | "paused" | "ended";
export type RunState =
  | "waiting" | "armed" | "proposed" | "held" | "released" | "closed"
  | "skipped" | "cancelled" | "superseded" | "expired";
export type DeliveryState =
  | "none" | "queued" | "undeliverable" | "delivered" | "opened" | "acknowledged" | "answered";
export type ExpectationState = "none" | "open" | "met" | "partly" | "late" | "missed" | "not_observed";
export type Tlp = "clear" | "green" | "amber" | "amber_strict" | "red";

export interface Scenario {
  version: 1;
  id: string;
  title: Text;
  languages: string[];
  tlp: Tlp; // Of the exercise as a whole: the highest of its injects.
  starts_at: { local: string; zone: string; utc_us: number };
  tick_ms: number;
  ends_ms: Ms;
  countries: { id: string; name: Text; people: number }[];
  sectors: { id: string; name: Text }[];
  assets: ScenarioAsset[];
  links: { from: Index; to: Index; need: string }[]; // Supplier, customer, the customer's need.
  cells: ScenarioCell[];
  roles: { [token_role: string]: boolean }; // What the token of this page may do: "control".
}
export interface ScenarioAsset {
  id: string;
  name: Text;
  country: Index;
  sector: Index;
  place: string;
  longitude: number | null; // Degrees east, WGS 84.
  latitude: number | null;
  people: number;
  tags: string[];
  needs: { id: string; backups: number }[];
}
export interface ScenarioCell {
  id: string;
  name: Text;
  country: string | null;
  clearance: Tlp;
  phone: string; // "" when the scenario gives none.
  robot: boolean; // May be played by one.
}

export interface State {
  sequence: number; // Of the last durable record that this is as of.
  clock: Clock;
  assets: AssetNow[]; // All, in Scenario's order.
  cells: CellNow[]; // All.
  injects: InjectNow[]; // Control sees all; others those released.
  rfis: Rfi[];
  indicators: Indicators;
  matrix: Matrix;
  roots: Root[];
  alarms: Alarm[];
  log: Entry[]; // The latest, at most 200, oldest first.
}
// Only what changed since the delta before; an element of a list replaces the one with its index or
// id. Deltas may be put together by the server, so one may stand for many records.
export interface Delta {
  sequence: number;
  clock?: Clock;
  assets?: AssetNow[];
  cells?: CellNow[];
  injects?: InjectNow[];
  rfis?: Rfi[];
  indicators?: Indicators;
  matrix?: Matrix;
  roots?: Root[];
  alarms?: Alarm[]; // All that stand now.
  log?: Entry[]; // New ones.
  forecast?: Forecast;
}
export interface Clock {
  state: ClockState;
  now_ms: Ms;
  speed_permille: number; // Exercise ms a wall second; 0: as fast as it goes.
  jump_ms: Ms | null; // Jumping until then.
  next: { at_ms: Ms; title: Text } | null; // What "jump to the next event" would go to.
  waits_for: string[]; // Robots' cells that time waits for, when it waits for long.
  wall_us: number;
}
export interface AssetNow {
  index: Index;
  status: AssetStatus;
  service_ppm: Ppm;
  health_ppm: Ppm;
  since_ms: Ms | null; // Since when it is not normal.
  root: string | null; // "campaign:sturgeon", whose doing it is.
  backup_ends_ms: Ms | null; // On backup, and until when.
  repair_ends_ms: Ms | null;
  infected: boolean; // Control only.
}
export interface CellNow {
  id: string;
  connected: boolean;
  robot: boolean;
  joined: boolean; // Has ever been there.
  heard_us: number | null; // When its node was last heard, wall time.
  lag: number; // Messages sent and not yet durable at its node.
  unread: number; // Injects not opened.
  awaited: number; // Injects on which it must still act.
  overdue: number; // Of these, past their time.
  overdue_ms: Ms | null; // Since when the oldest is.
  silent_ms: Ms | null; // For how long it has done nothing, when it should have.
  orders: number;
}
export interface InjectNow {
  id: string;
  title: Text;
  text: Text;
  type: string; // information, media, social, task, decision, administrative
  category: string; // contextual, expected_action, contingency
  storyline: string;
  from: string;
  to: string[]; // Cells.
  channel: string;
  tlp: Tlp;
  cause: string; // script, condition, controller, model
  state: RunState;
  planned_ms: Ms | null;
  due_ms: Ms | null; // When it changes by time alone.
  proposed_ms: Ms | null;
  released_ms: Ms | null;
  unattended: "pass" | "hold" | null; // What silence means for a proposal.
  condition: { text: string; holds: boolean; today: string } | null; // Today's value in words.
  edited: boolean;
  ad_hoc: boolean;
  expectation: ExpectationState;
  expected_by_ms: Ms | null;
  responsible: string;
  instructions: string;
  because: { asset: Index; words: Text }[]; // Of a model's proposal: the assets behind it.
  next: { asset: Index; within_ms: Ms; chance_ppm: Ppm }[]; // And what the forecast says comes next.
  deliveries: {
    cell: string;
    state: DeliveryState;
    delivered_ms: Ms | null;
    opened_ms: Ms | null;
    acknowledged_ms: Ms | null;
    answered_ms: Ms | null;
    option: string;
    awaited: boolean;
  }[];
}
export interface Rfi {
  number: number;
  cell: string;
  text: string;
  asked_ms: Ms;
  answered_ms: Ms | null;
}
export interface Indicators {
  // countries x sectors, row by row: Scenario.countries.length x Scenario.sectors.length.
  people_without: number[];
  assets_failed: number[];
  assets: number[];
  service_ppm: Ppm[]; // Mean level of the sector in the country, weighed by people.
  person_hours: number[]; // Lost so far.
  trust_ppm: Ppm[]; // A country each.
  history: { at_ms: Ms; people_without: number[] }[]; // A sector each, over all countries; <= 200.
}
export interface Matrix {
  // Person-hours lost in `hit` whose root lies in `from`: rows are countries and, last, "no
  // country"; columns are countries. Row by row.
  person_hours: number[];
}
export interface Root {
  id: string; // "campaign:sturgeon"
  kind: string; // effect, campaign, order, information
  name: Text;
  at_ms: Ms;
  country: Index | null;
  assets_down: number; // Now, that are its doing.
  person_hours: number;
}
export interface Alarm {
  part: "streams" | "record" | "disk" | "model" | "forecast";
  level: "ok" | "warning" | "bad";
  words: Text;
  cell: string | null;
}
export interface Entry {
  sequence: number;
  at_ms: Ms;
  utc_us: number;
  kind: string; // As outputs and inputs are called in the recording.
  who: string; // "control:exdir", "cell:nl-csirt", "system"
  words: Text; // One sentence.
  asset: Index | null;
  cell: string | null;
  inject: string | null;
}

export interface Why {
  asset: Index;
  at_ms: Ms;
  status: AssetStatus;
  service_ppm: Ppm;
  chain: Step[]; // From the root on; the last is the asset itself. Empty when it is normal.
  root: Root | null;
  took_down: Step[]; // What its own change caused, in order of time, at most 50.
  took_down_count: number;
  next: { asset: Index; at_ms: Ms; early_ms: Ms; late_ms: Ms; chance_ppm: Ppm }[]; // By the forecast.
  backups: { need: string; kind: string; ends_ms: Ms | null; level_ppm: Ppm }[];
}
export interface Step {
  number: number; // Of the cause record.
  parent: number;
  asset: Index;
  at_ms: Ms;
  before_ppm: Ppm;
  after_ppm: Ppm;
  rule: "health" | "need" | "cap" | "demand" | "layer" | "none";
  need: string;
  supplier: Index | null;
  backup_ended: boolean;
  backup_until_ms: Ms | null;
  words: Text;
}
export interface ButFor {
  root: string;
  asset: Index;
  // With and without the root, under the same chance, up to now.
  with: ButForSide;
  without: ButForSide;
  rows: { asset: Index; with: AssetStatus; without: AssetStatus; without_failed_ms: Ms | null }[];
  edges_ms: Ms[];
  people_with: number[]; // People without any service, at each edge.
  people_without: number[];
}
export interface ButForSide {
  assets_failed: number;
  assets_failed_ever: number;
  people_now: number;
  person_hours: number;
  asset_status: AssetStatus;
}

export interface Forecast {
  made_at_ms: Ms; // Exercise time from which it looks forward.
  made_at_us: number;
  replicas: number;
  took_ms: number;
  edges_ms: Ms[];
  // P(down by edge), ppm: [country][sector][edge]; and now.
  groups: { country: Index; sector: Index; down_now: boolean; by_ppm: Ppm[] }[];
  assets: { asset: Index; down_now: boolean; by_ppm: Ppm[]; early_ms: Ms | null; median_ms: Ms | null; late_ms: Ms | null }[];
  headline: { country: Index; sector: Index; within_ms: Ms; chance_ppm: Ppm; before_ppm: Ppm | null } | null;
  person_hours: { low: number; median: number; high: number };
  matrix: number[]; // Mean person-hours from now to the end, as Matrix.
}

export type Command =
  | { do: "start" | "pause" | "resume" | "end"; why?: string }
  | { do: "speed"; speed_permille: number }
  | { do: "jump"; to_ms?: Ms } // Without: to the next event.
  | { do: "inject_now" | "hold" | "release" | "skip" | "cancel" | "approve" | "veto"; inject: string; why?: string }
  | { do: "edit"; inject: string; title?: string; text?: string; why?: string }
  | { do: "delay"; inject: string; until_ms: Ms; why?: string }
  | { do: "ad_hoc"; to: string[]; title: string; text: string; type: string; tlp: Tlp; channel?: string; from?: string; acknowledge?: boolean; replaces?: string }
  | { do: "message"; to: string[]; text: string }
  | { do: "rfi_answer"; number: number; text: string };
export interface Answer {
  ok: boolean;
  sequence: number; // The record of the input: it is durable.
  refusal: string | null; // The name of why not.
  words: Text | null;
}
