// SPDX-License-Identifier: Apache-2.0
// "But for": the same exercise, the same chance, without one of the roots. A curve with the difference
// shaded, and the numbers side by side.
import type { ButFor, Ms, Root } from "../api";
import { durationOf, minuteOf, shortOf } from "../frame/format";
import { Glyph } from "../frame/mark";
import { textOf, words, wordsOf } from "../words/words";

const [WIDTH, HEIGHT] = [372, 246];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, WIDTH - 8, 20, HEIGHT - 24];

function Curve({ butFor, now }: { butFor: ButFor; now: Ms }) {
    const { edges_ms: edges, people_with: happened, people_without: without } = butFor;
    const [from, to] = [edges[0] ?? 0, Math.max(edges.at(-1) ?? 1, 1)];
    const most = Math.max(1, ...happened, ...without);
    const x = (at: Ms): number => LEFT + ((RIGHT - LEFT) * (at - from)) / Math.max(1, to - from);
    const y = (people: number): number => BOTTOM - ((BOTTOM - TOP) * people) / most;
    const line = (values: number[], indices = edges.map((_, i) => i)): string => indices.map((i, n) => `${n ? "L" : "M"}${x(edges[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`).join("");
    const back = edges.map((_, i) => edges.length - 1 - i);
    return (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words("page_but_for_curve", { happened: shortOf(happened.at(-1) ?? 0), without: shortOf(without.at(-1) ?? 0) })}>
            {[0, 0.5, 1].map((share) => (
                <g key={share}>
                    <line class="grid-line" x1={LEFT} x2={RIGHT} y1={y(share * most)} y2={y(share * most)} />
                    <text class="axis" x={LEFT - 5} y={y(share * most) + 4} text-anchor="end">
                        {share === 0 ? "0" : shortOf(share * most)}
                    </text>
                </g>
            ))}
            {[0, 1, 2, 3].map((part) => from + ((to - from) * part) / 4).map((at, part) => (
                <text key={part} class="axis" x={x(at)} y={HEIGHT - 7} text-anchor={part === 0 ? "start" : "middle"}>
                    {to < 86_400_000 ? minuteOf(at) : at === 0 ? "0" : durationOf(at)}
                </text>
            ))}
            <text class="axis day" x={RIGHT} y={HEIGHT - 7} text-anchor="end">
                {words("page_now")}
            </text>
            <path class="difference" d={`${line(happened)}L${line(without, back).slice(1)}Z`} />
            <path class="with-root" d={line(happened)} />
            <path class="without-root" d={line(without)} />
            <line class="now-line" x1={x(Math.min(now, to))} x2={x(Math.min(now, to))} y1={TOP - 6} y2={BOTTOM} />
        </svg>
    );
}

export interface ButForProps {
    roots: Root[]; // That can be taken out.
    root: string | null; // Taken out.
    butFor: ButFor | null; // Null while it is worked out.
    may: boolean; // The reader may have it worked out.
    failed: boolean;
    both: boolean; // Each of two roots alone would have spared this asset.
    now: Ms;
    onChoose: (root: string | null) => void;
}

export function ButForPanel({ roots, root, butFor, may, failed, both, now, onChoose }: ButForProps) {
    const rows: [string, string, string][] = butFor
        ? [
              [words("page_but_for_failed"), shortOf(butFor.with.assets_failed), shortOf(butFor.without.assets_failed)],
              [words("page_but_for_ever"), shortOf(butFor.with.assets_failed_ever), shortOf(butFor.without.assets_failed_ever)],
              [words("page_but_for_people"), shortOf(butFor.with.people_now), shortOf(butFor.without.people_now)],
              [words("page_but_for_hours"), shortOf(butFor.with.person_hours), shortOf(butFor.without.person_hours)],
          ]
        : [];
    return (
        <section class="panel but-for" aria-labelledby="but-for-head">
            <div class="head">
                <h2 id="but-for-head">{words("page_but_for")}</h2>
                <div class="choice" role="group" aria-labelledby="but-for-head" hidden={!may}>
                    <button aria-pressed={root === null} onClick={() => onChoose(null)}>
                        {words("page_but_for_happened")}
                    </button>
                    {roots.map(({ id, name }) => (
                        <button key={id} aria-pressed={root === id} onClick={() => onChoose(id)}>
                            {words("page_but_for_without", { root: textOf(name) })}
                        </button>
                    ))}
                </div>
            </div>
            {butFor ? (
                <div class="but-for-body">
                    <div>
                        <p class="small muted">{words("page_but_for_title")}</p>
                        <Curve butFor={butFor} now={now} />
                    </div>
                    <table>
                        <thead>
                            <tr>
                                <td />
                                <th scope="col">{words("page_but_for_column")}</th>
                                <th scope="col" class="strong">{words("page_but_for_column_without")}</th>
                            </tr>
                        </thead>
                        <tbody>
                            {rows.map(([name, happened, without]) => (
                                <tr key={name}>
                                    <th scope="row">{name}</th>
                                    <td class="muted">{happened}</td>
                                    <td class="strong">{without}</td>
                                </tr>
                            ))}
                            <tr>
                                <th scope="row">{words("page_but_for_asset")}</th>
                                <td><Glyph status={butFor.with.asset_status} size={16} /><span class="unseen">{wordsOf("state_", butFor.with.asset_status)}</span></td>
                                <td><Glyph status={butFor.without.asset_status} size={16} /><span class="unseen">{wordsOf("state_", butFor.without.asset_status)}</span></td>
                            </tr>
                        </tbody>
                    </table>
                    {both && <p class="both">{words("page_but_for_both")}</p>}
                </div>
            ) : (
                <p class="nothing" role="status">
                    {!may ? words("page_but_for_control") : root === null ? words("page_but_for_choose") : words(failed ? "page_but_for_cannot" : "page_but_for_working")}
                </p>
            )}
        </section>
    );
}
