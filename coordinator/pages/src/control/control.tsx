// SPDX-License-Identifier: Apache-2.0
// The director's page: what needs me now, what comes next, what the model proposes, who is here, and
// what the forecast says.
import { useMemo } from "preact/hooks";
import { dayOf } from "../frame/format";
import { Frame } from "../frame/frame";
import { useKnown, useScenario } from "../store/store";
import { words } from "../words/words";
import { Cells } from "./cells";
import { Decide, hasMany } from "./decide";
import { NoticeBar } from "./dialog";
import { Dialogs } from "./dialogs";
import { Latest } from "./latest";
import { useLive } from "./live";
import { lostCells } from "./logic/cells";
import { strictest } from "./logic/draft";
import { NextInjects } from "./next";
import { NowStrip } from "./now_strip";
import { Outlook } from "./outlook";
import { Lost } from "./parts";
import { Questions } from "./questions";
import { QuickInject } from "./quick";
import { Transport } from "./transport";

function Panels() {
    const live = useLive();
    const { injects, log, clock } = live.state;
    const lost = lostCells(live.state);
    const lostOnes = [...lost].join(" ");
    const red = useMemo(() => lost, [lostOnes]);
    // What does not change with time need not be drawn with it.
    const quick = useMemo(() => <QuickInject live={live} />, [live.scenario, injects, clock.state]);
    const latest = useMemo(() => <Latest live={live} />, [log, dayOf(clock.now_ms)]);
    return (
        <Lost.Provider value={red}>
            <main class="control">
                <NowStrip live={live} />
                <div class="column">
                    <NextInjects live={live} />
                    {quick}
                </div>
                <div class="column">
                    <Decide live={live} />
                    {!hasMany(live) && latest}
                    <Questions live={live} />
                </div>
                <div class="column">
                    <Cells live={live} />
                    <Outlook live={live} />
                </div>
            </main>
            <NoticeBar />
            <Dialogs live={live} />
        </Lost.Provider>
    );
}

export function Control() {
    const scenario = useScenario();
    // Planned injects show here too, so the page is as confidential as the strictest of them.
    const tlp = useKnown((state) => strictest([scenario.tlp, ...state.injects.map((inject) => inject.tlp)]));
    if (!scenario.roles.control) {
        return (
            <Frame page="control" tlp={tlp}>
                <main class="waiting">
                    <h2>{words("page_control_looks_on")}</h2>
                </main>
            </Frame>
        );
    }
    return (
        <Frame page="control" tlp={tlp} header={<Transport />}>
            <Panels />
        </Frame>
    );
}
