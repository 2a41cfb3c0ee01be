// SPDX-License-Identifier: Apache-2.0
// The clock's controls in the header: start, pause or resume; speed; jump to the next event by name.
import type { Clock } from "../api";
import { momentOf } from "../frame/format";
import { useKnown } from "../store/store";
import { language, textOf, words } from "../words/words";
import { act } from "./act";
import { canJump, mainButton, SPEED_MAX_PERMILLE, speedFactor, speeds } from "./logic/transport";
import { openDialog } from "./open";
import { Choice, Icon } from "./parts";

export const speedWords = (permille: number): string =>
    permille === SPEED_MAX_PERMILLE
        ? words("page_control_speed_max")
        : `×${speedFactor(permille, language.get() === "nl" ? "," : ".")}`;

// To the next event, by its name. On a narrow screen only its time shows.
function Jump({ clock }: { clock: Clock }) {
    if (clock.next === null) {
        return null;
    }
    const time = momentOf(clock.next.at_ms, clock.now_ms);
    const title = textOf(clock.next.title);
    const label = words("page_control_jump", { time });
    return (
        <button
            class="large jump"
            aria-label={`${label}: ${title}`}
            title={title}
            disabled={!canJump(clock)}
            onClick={() => act({ do: "jump" })}
        >
            <Icon name="jump" />
            <span class="full">
                {label}
                <small>{title}</small>
            </span>
            <span class="brief">{time}</span>
        </button>
    );
}

export function Transport() {
    const clock = useKnown((state) => state.clock);
    const main = mainButton(clock);
    if (main === null) {
        return null;
    }
    return (
        <div class="transport">
            <button class="filled large" onClick={() => act({ do: main })}>
                <Icon name={main === "pause" ? "pause" : "play"} />
                {words(`page_control_${main}`)}
            </button>
            <Choice
                label={words("page_control_speed")}
                options={speeds(clock)}
                chosen={clock.speed_permille}
                show={speedWords}
                choose={(speed_permille) => act({ do: "speed", speed_permille })}
                size="large"
            />
            <Jump clock={clock} />
            <button
                class="large more"
                aria-label={words("page_control_more")}
                title={words("page_control_more")}
                aria-haspopup="dialog"
                onClick={() => openDialog({ kind: "clock" })}
            >
                <Icon name="more" />
            </button>
        </div>
    );
}
