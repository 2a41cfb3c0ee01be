// SPDX-License-Identifier: Apache-2.0
// What screen readers are told without being asked: politely, and at once only for STOP and ENDEX.
import { useValue, Value } from "../store/value";

const polite = new Value("");
const urgent = new Value("");

export const say = (text: string): void => polite.set(text);
export const sayAtOnce = (text: string): void => urgent.set(text);

export function Sayings() {
    return (
        <>
            <div class="unseen" aria-live="polite">
                {useValue(polite)}
            </div>
            <div class="unseen" aria-live="assertive">
                {useValue(urgent)}
            </div>
        </>
    );
}
