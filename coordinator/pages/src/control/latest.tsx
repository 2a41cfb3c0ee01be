// SPDX-License-Identifier: Apache-2.0
// What just happened, newest first; shows while few proposals leave room for it.
import { momentOf } from "../frame/format";
import { words } from "../words/words";
import type { Live } from "./live";
import { Panel, Said } from "./parts";

const SHOWN_MAX = 60;

export function Latest({ live }: { live: Live }) {
    const entries = live.state.log.slice(-SHOWN_MAX).reverse();
    const title = words("page_control_latest");
    return (
        <Panel name="latest" title={title} right={words("page_control_newest_first")}>
            {entries.length === 0 ? (
                <p class="empty">{words("page_control_latest_none")}</p>
            ) : (
                <ol class="scroll" tabIndex={0} aria-label={title}>
                    {entries.map((entry, i) => (
                        <li key={i}>
                            <time>{momentOf(entry.at_ms, live.state.clock.now_ms)}</time>
                            <Said text={entry.words} />
                        </li>
                    ))}
                </ol>
            )}
        </Panel>
    );
}
