// SPDX-License-Identifier: Apache-2.0
// A dialog over the page: the browser keeps the focus inside, Escape closes it, and the focus goes
// back to where it was. What became of its commands is shown inside, since the page is out of reach.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useValue } from "../store/value";
import { words } from "../words/words";
import { notice } from "./act";

export function NoticeBar() {
    const now = useValue(notice);
    return (
        <div class={`notice ${now?.kind ?? ""}`} role={now?.kind === "done" ? "status" : "alert"}>
            {now && <p>{now.text}</p>}
            {now && (
                <button class="quiet" onClick={() => notice.set(null)}>
                    {words("page_control_close")}
                </button>
            )}
        </div>
    );
}

interface DialogProps {
    title: ComponentChildren;
    close: () => void;
    wide?: boolean;
    children: ComponentChildren;
}

export function Dialog({ title, close, wide, children }: DialogProps) {
    const box = useRef<HTMLDialogElement>(null);
    const id = useId();
    useLayoutEffect(() => {
        const before = document.activeElement;
        const dialog = box.current!;
        dialog.showModal();
        return () => {
            dialog.close();
            if (before instanceof HTMLElement && before.isConnected) {
                before.focus();
            }
        };
    }, []);
    return (
        <dialog
            ref={box}
            class={wide ? "wide" : undefined}
            aria-labelledby={id}
            onCancel={(event) => {
                event.preventDefault();
                close();
            }}
        >
            <div class="head">
                <h2 id={id}>{title}</h2>
                <button class="quiet" onClick={close}>
                    {words("page_control_close")}
                </button>
            </div>
            <NoticeBar />
            {children}
        </dialog>
    );
}

// A button that asks once more, in its own place.
export function Twice({ label, ask, sure, act: does }: { label: string; ask: string; sure: string; act: () => void }) {
    const [asked, setAsked] = useState(false);
    if (!asked) {
        return (
            <button type="button" onClick={() => setAsked(true)}>
                {label}
            </button>
        );
    }
    return (
        <span class="twice" role="group" aria-label={ask}>
            {ask}
            <button type="button" ref={(element) => element?.focus()} onClick={() => setAsked(false)}>
                {words("page_control_back")}
            </button>
            <button type="button" class="danger" onClick={does}>
                {sure}
            </button>
        </span>
    );
}
