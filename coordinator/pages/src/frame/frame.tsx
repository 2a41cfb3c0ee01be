// SPDX-License-Identifier: Apache-2.0
// What stands around every page: the exercise bar, the header with the clock, the footer with alarms,
// the state of the connection, and the sign that nothing is known yet.
import { type ComponentChildren, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Alarm, Tlp } from "../api";
import { connection, known, nowMs, useKnown, useScenario } from "../store/store";
import { startStream } from "../store/stream";
import { useValue } from "../store/value";
import { setTheme, startTheme, useTheme } from "../theme/theme";
import { LANGUAGES, setLanguage, textOf, useLanguage, words } from "../words/words";
import { dayOf, timeOf, wallOf } from "./format";
import { Glyph, TlpChip } from "./mark";
import { sayAtOnce, Sayings } from "./say";

export type Page = "situation" | "control" | "matrix";

const CLOCK_MS = 250; // How often the clock is drawn anew.

// Exercise time as of now, drawn anew while it runs.
export function useNowMs(): number {
    const all = useValue(known)!;
    const [, draw] = useState(0);
    const running = all.state.clock.state === "running";
    useEffect(() => {
        if (running) {
            const timer = setInterval(() => draw((count) => count + 1), CLOCK_MS);
            return () => clearInterval(timer);
        }
        return undefined;
    }, [running]);
    return nowMs(all);
}

function speedWords(permille: number, state: string, jumping: boolean): string {
    if (state !== "running") {
        return words(`page_clock_${state}` as "page_clock_paused");
    }
    if (jumping) {
        return words("page_clock_jumping");
    }
    return permille === 0 ? words("page_clock_fastest") : words("page_clock_running", { speed: String(permille / 1000) });
}

function Clock() {
    const now = useNowMs();
    const clock = useKnown((state) => state.clock);
    return (
        <div class="clock">
            <small>{dayOf(now)}</small>
            <time>{timeOf(now)}</time>
            <small>
                <b>{speedWords(clock.speed_permille, clock.state, clock.jump_ms !== null)}</b>
                {clock.wall_us > 0 && words("page_wall", { time: wallOf(clock.wall_us) })}
            </small>
        </div>
    );
}

function Switches({ big, onBig }: Pick<FrameProps, "big" | "onBig">) {
    const language = useLanguage();
    const theme = useTheme();
    const other = LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];
    const dark = theme === "dark";
    return (
        <div class="switches">
            {onBig && (
                <button class={big ? "filled" : undefined} aria-pressed={big} title={words("page_big")} onClick={() => onBig(!big)}>
                    <span aria-hidden="true">×1.5</span>
                    <span class="unseen">{words("page_big")}</span>
                </button>
            )}
            <button lang={other} aria-label={`${other.toUpperCase()}: ${other === "nl" ? "Nederlands" : "English"}`} onClick={() => setLanguage(other)}>
                {other.toUpperCase()}
            </button>
            <button aria-label={words(dark ? "page_theme_light" : "page_theme_dark")} title={words(dark ? "page_theme_light" : "page_theme_dark")} onClick={() => setTheme(dark ? "light" : "dark")}>
                <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                    <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.5" />
                    <path d="M8 1.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" />
                </svg>
            </button>
        </div>
    );
}

interface FrameProps {
    page: Page;
    tlp: Tlp; // The strictest label of what the page shows.
    header?: ComponentChildren; // Stands between the clock and the switches.
    go?: (page: Page) => void; // To a page that needs no new document; else the link is followed.
    big?: boolean; // For a big screen: everything half as large again.
    onBig?: (big: boolean) => void; // Without: the page has no such choice.
    ready?: boolean; // All that the page shows is there: for tests and pictures.
    children: ComponentChildren;
}

function Top({ page, tlp, header, go, big, onBig }: Pick<FrameProps, "page" | "tlp" | "header" | "go" | "big" | "onBig">) {
    const scenario = useScenario();
    const link = (name: Page, path: string) => (
        <a
            href={path}
            aria-current={name === page ? "page" : undefined}
            onClick={(event) => {
                if (go && name !== "control" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
                    event.preventDefault();
                    go(name);
                }
            }}
        >
            {words(`page_${name}`)}
        </a>
    );
    return (
        <header class="top">
            <h1>{textOf(scenario.title)}</h1>
            <nav aria-label={words("page_pages")}>
                {scenario.roles.control && link("control", "/control")}
                {link("situation", "/")}
                {link("matrix", "/?view=matrix")}
            </nav>
            <Clock />
            {header}
            <Switches big={big} onBig={onBig} />
            <TlpChip level={tlp} />
        </header>
    );
}

const ALARM_ORDER: Record<Alarm["level"], number> = { bad: 0, warning: 1, ok: 2 };
const ALARM_STATUS = { bad: "failed", warning: "degraded", ok: "normal" } as const;

function Bottom({ tlp }: { tlp: Tlp }) {
    const alarms = useKnown((state) => state.alarms);
    const sorted = [...alarms].sort((a, b) => ALARM_ORDER[a.level] - ALARM_ORDER[b.level]);
    return (
        <footer class="bottom">
            <ul aria-label={words("page_alarms")}>
                {sorted.map((alarm) => (
                    <li key={alarm.part + alarm.cell}>
                        <Glyph status={ALARM_STATUS[alarm.level]} size={16} />
                        <span>
                            {words(`page_alarm_${alarm.part}`)} <b class={alarm.level === "bad" ? "bad" : undefined}>{textOf(alarm.words)}</b>
                        </span>
                    </li>
                ))}
            </ul>
            <TlpChip level={tlp} />
        </footer>
    );
}

function ExerciseBar() {
    return (
        <div class="exercise-bar" role="note">
            {Array(3).fill(words("page_exercise")).join(" ")}
        </div>
    );
}

// Everything around a page, once something is known; below it useScenario and useKnown are safe.
export function Frame({ page, tlp, header, go, big = false, onBig, ready = true, children }: FrameProps) {
    const heard = useValue(connection);
    const state = useKnown((all) => all.clock.state);
    useEffect(() => {
        if (state === "ended") {
            sayAtOnce(words("page_clock_ended"));
        }
    }, [state]);
    return (
        <div class={big ? "frame big-screen" : "frame"} data-ready={ready || undefined}>
            <ExerciseBar />
            <Top page={page} tlp={tlp} header={header} go={go} big={big} onBig={onBig} />
            {heard === "lost" && (
                <div class="lost-bar" role="status">
                    {words("page_lost")}
                </div>
            )}
            {children}
            <Bottom tlp={tlp} />
            <Sayings />
        </div>
    );
}

function Whole({ page, inside: Inside }: { page: Page; inside: () => ComponentChildren }) {
    const language = useLanguage();
    const heard = useValue(connection);
    const ready = useValue(known, (all) => all !== null);
    const title = useValue(known, (all) => textOf(all?.scenario.title));
    useEffect(() => {
        document.documentElement.lang = language;
        document.title = `${words("page_exercise")} · ${title || "Spillover"} · ${words(`page_${page}`)}`;
    }, [language, title]);
    if (ready) {
        return <Inside key={language} />;
    }
    return (
        <div class="frame">
            <ExerciseBar />
            <main class="waiting">
                <h1 aria-live="polite">{words(heard === "refused" ? "page_refused" : "page_connecting")}</h1>
            </main>
        </div>
    );
}

// Shows a page and starts to listen. `inside` is the page: a component that puts itself into a <Frame>.
export function startPage(page: Page, inside: () => ComponentChildren): void {
    startTheme();
    render(<Whole page={page} inside={inside} />, document.getElementById("page")!);
    void startStream();
}
