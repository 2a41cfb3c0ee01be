// SPDX-License-Identifier: Apache-2.0
// The situation page.
import { Frame } from "../frame/frame";
import { useKnown, useScenario } from "../store/store";
import { textOf } from "../words/words";

export function Situation() {
    const scenario = useScenario();
    const log = useKnown((state) => state.log);
    return (
        <Frame page="situation" tlp={scenario.tlp}>
            <main>
                <ul>
                    {log.map((entry) => (
                        <li key={entry.sequence}>{textOf(entry.words)}</li>
                    ))}
                </ul>
            </main>
        </Frame>
    );
}
