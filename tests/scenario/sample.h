/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample: a small package in memory that uses every part of the format and has no fault, and what
 * tests do with packages.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "coordinator/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

enum { SAMPLE_FILES = 8, SAMPLE_PATH_BYTES = 1024, SAMPLE_FAULT_BYTES = 4096 };

#define FILE_OF(path, text)                                                                        \
    { path, (const uint8_t *)(text), sizeof(text) - 1 }

static const char sample_scenario[] =
    "format: 1\n"
    "id: sample\n"
    "title: {en: Sample, nl: Voorbeeld}\n"
    "summary: {en: A summary., nl: Een samenvatting.}\n"
    "notice: {en: Invented., nl: Verzonnen.}\n"
    "classification: TLP:AMBER\n"
    "languages: [en, nl]\n"
    "currency: EUR\n"
    "starts_at: 2026-11-24T09:00\n"
    "zone: Europe/Amsterdam\n"
    "duration: 12h\n"
    "tick: 1s\n"
    "dwell: 2s\n"
    "seed: 7\n"
    "speed: 600\n"
    "escalation: 2\n"
    "countries:\n"
    "  nl: {name: {en: Netherlands, nl: Nederland}, trust: 70%}\n"
    "  de: {name: {en: Germany, nl: Duitsland}}\n"
    "sectors: [electricity, water, fuel, {id: windmills, name: {en: windmills, nl: windmolens}}]\n"
    "places: {Ede: {population: 120000}, Lingen: {population: 50000}}\n"
    "needs: {feed: {name: {en: feed, nl: voeding}}, control: {name: {en: control system, nl: "
    "besturing}}, balance: {name: {en: balance, nl: balans}}, mix: {name: {en: mix, nl: "
    "mengsel}}}\n"
    "information: {interval: 30min, recover: 2%}\n"
    "pools:\n"
    "  nl-power: {country: nl, crews: 1}\n"
    "  de-power: {country: de, crews: 2}\n"
    "tags:\n"
    "  relay-suite: {patch: lognormal 90min 0.5, patch_shared: fixed 10min}\n"
    "  turbine-modem: {}\n"
    "uncertain: {repair: {least: 50%, most: 200%}}\n"
    "surges: {fuel: {start_below: 50%, slope: 150%, run_below: 30%, run_extra: 100%}}\n"
    "layers: {shared: {sector: electricity, kind: share_load, tolerance: 500%}}\n"
    "kinds:\n"
    "  substation:\n"
    "    sector: electricity\n"
    "    repair: triangular 1h 2h 6h\n"
    "    criticality: 80\n"
    "    needs:\n"
    "      feed: {aggregator: any}\n"
    "      control: {aggregator: all}\n"
    "      balance: {aggregator: linear}\n"
    "  plant: {sector: electricity, repair: exponential 12h, black_start: automatic, pool: "
    "nl-power}\n"
    "  pump:\n"
    "    sector: water\n"
    "    manual: 40%\n"
    "    manual_delay: uniform 1h 3h\n"
    "    needs:\n"
    "      electricity:\n"
    "        aggregator: k_of_n\n"
    "        k: 2\n"
    "        response: [[0%, 0%], [50%, 20.5%], [100%, 100%]]\n"
    "        backups:\n"
    "          - {id: ups, autonomy: fixed 10min, recharge: empirical 1h 2h 4h}\n"
    "          - {id: diesel, level: 90%, start_failure: 3%, gap: fixed 10s, autonomy: fixed 8h}\n"
    "      quorum: {kind: control, aggregator: threshold, fraction: 2/3, surge: fuel}\n"
    "      mix: {aggregator: share}\n"
    "campaigns:\n"
    "  wiper:\n"
    "    name: {en: Wiper, nl: Wisser}\n"
    "    tags: [relay-suite]\n"
    "    entries: [de-plant]\n"
    "    spreads_by_trust: true\n"
    "    pushes: [{supplier: de-plant, tag: relay-suite, probability: 80%, delay: fixed 20min}]\n"
    "    trigger: {at: 2h}\n"
    "    payload: {health: 0%, control: true}\n"
    "    detection: exponential 3h\n"
    "rules:\n"
    "  start: {name: {en: Start, nl: Begin}, at: 30min, do: [{campaign_start: wiper}]}\n"
    "  rumour:\n"
    "    name: {en: Rumour, nl: Gerucht}\n"
    "    when: people_without(electricity, nl) > 50000\n"
    "    for: 30min\n"
    "    times: 2\n"
    "    do: [{disinformation: {country: nl, amount: 6%, duration: 4h}}, {escalate: 1}]\n"
    "orders:\n"
    "  isolate: {name: {en: Isolate, nl: Isoleer}, target: asset, latency: uniform 5min 15min, do: "
    "[isolate]}\n"
    "  shed: {name: {en: Shed, nl: Schakel af}, target: asset, cost: 500, do: [{limit: 50%}]}\n"
    "  patch: {name: {en: Patch, nl: Werk bij}, target: tag, do: [patch]}\n"
    "  aid: {name: {en: Aid, nl: Bijstand}, target: pools, do: [{mutual_aid: {crews: 1, travel: "
    "2h}}]}\n"
    "objectives: {share: {title: {en: Share, nl: Deel}, capability: {en: Sharing, nl: Delen}}}\n"
    "cells:\n"
    "  csirt:\n"
    "    name: {en: CSIRT, nl: CSIRT}\n"
    "    role: {en: Coordinates, nl: Coördineert}\n"
    "    briefing: {en: Read this., nl: Lees dit.}\n"
    "    kind: csirt\n"
    "    country: nl\n"
    "    language: nl\n"
    "    clearance: TLP:AMBER+STRICT\n"
    "    sees: [{countries: [nl]}, {assets: [de-plant]}]\n"
    "    reporting_delay: 10min\n"
    "    authority: [{order: isolate, where: {countries: [nl]}}, {order: patch}]\n"
    "    policies:\n"
    "      doctrine:\n"
    "        - {id: patch-it, when: \"detected(wiper, *) >= 1\", order: patch, tag: relay-suite, "
    "country: nl}\n"
    "        - {id: cut-it, each: {state: detected, countries: [nl]}, order: isolate, thinking: "
    "fixed 5min}\n"
    "  grid:\n"
    "    name: {en: Grid, nl: Net}\n"
    "    role: {en: Runs it, nl: Bedient het}\n"
    "    briefing: {en: Read that., nl: Lees dat.}\n"
    "    kind: operator\n"
    "    country: de\n"
    "    fictional: true\n"
    "    sees: [{sectors: [electricity]}]\n"
    "    authority: [{order: shed}, {order: aid}]\n";

static const char sample_assets[] =
    "id,kind,name_en,name_nl,country,place,lat,lon,people,value_per_hour,tags,pool\n"
    "de-plant,plant,Plant,Centrale,de,Lingen,52.4833,7.3167,0,50000,relay-suite,de-power\n"
    "nl-control,substation,Control room,Bedieningscentrum,nl,,,,,,relay-suite turbine-modem,\n"
    "nl-station,substation,Station,Station,nl,Ede,-51.97,5.930001,118000,300000,relay-suite,nl-"
    "power\n"
    "nl-pump,pump,Pump,Gemaal,nl,Ede,,,118000,,,\n";

static const char sample_links[] = "supplier,asset,need,weight,coupling,delay_down,delay_up\n"
                                   "de-plant,nl-station,feed,,90%,,\n"
                                   "nl-control,nl-station,control,,,5min,10min\n"
                                   "de-plant,nl-station,balance,30%,,,\n"
                                   "nl-station,nl-pump,electricity,,,,\n"
                                   "de-plant,nl-pump,electricity,,,,\n"
                                   "nl-control,nl-pump,quorum,2,,,\n"
                                   "nl-station,nl-pump,mix,1,,,\n";

static const char sample_trust[] = "from,to,mean_contact,carrier\n"
                                   "nl-control,nl-station,90min,nl-station/control/nl-control\n"
                                   "nl-station,nl-control,2h,\n";

/* The two substations share their load, which never becomes too much. */
static const char sample_edges[] = "from,to,circuit,line,reactance,limit\n"
                                   "nl-control,nl-station,,nl-pump,,\n";

static const char sample_msel[] =
    "id,storyline,event,incident,type,category,at,when,for,expires,to,channel,tlp,releasable_to,"
    "controller,proposed,unattended,"
    "unattended_after,acknowledge,due,expected,objectives,place\n"
    "1-welcome,opening,start,,administrative,,0min,,,,*,mail,TLP:GREEN,,excon,,,,yes,,,,\n"
    "2-dark,blackout,outage,now,task,expected action,,\"people_without(electricity, nl) > "
    "50000\",5min,2h,grid csirt,alarm,TLP:AMBER,nl "
    "de,power,yes,pass,5min,yes,45min,\"ordered(shed, grid) >= 1\",share,nl-station\n"
    "3-choose,blackout,choice,,decision,contextual,1h,released(2-dark),,,csirt,phone,TLP:AMBER,,"
    "technical,,,,,1h,\"chose(3-choose, "
    "csirt, act)\",share,\n"
    "4-maybe,blackout,maybe,,media,contingency,,,,,grid,news,TLP:CLEAR,,media,,,,,,,,\n";

static const char sample_en[] =
    "injects:\n"
    "  1-welcome: {title: Welcome, from: Control, text: Play.}\n"
    "  2-dark: {title: Dark, from: Grid, text: It is dark., controller: Wait., expected: Shed.}\n"
    "  3-choose:\n"
    "    title: Choose\n"
    "    from: Officer\n"
    "    text: What now?\n"
    "    options:\n"
    "      act: {text: Act, expected: true}\n"
    "      wait: {text: Wait}\n"
    "  4-maybe: {title: Maybe, from: News, text: Who knows.}\n";

static const char sample_nl[] = "injects:\n"
                                "  1-welcome: {title: Welkom, from: Leiding, text: Speel.}\n"
                                "  2-dark: {title: Donker, from: Net, text: Het is donker., "
                                "controller: Wacht., expected: Afschakelen.}\n"
                                "  3-choose:\n"
                                "    title: Kies\n"
                                "    from: Officier\n"
                                "    text: Wat nu?\n"
                                "    options:\n"
                                "      act: {text: Doe}\n"
                                "      wait: {text: Wacht}\n"
                                "  4-maybe: {title: Misschien, from: Nieuws, text: Wie weet.}\n";

static const struct package_file sample_files[SAMPLE_FILES] = {
    FILE_OF("scenario.yaml", sample_scenario), FILE_OF("assets.csv", sample_assets),
    FILE_OF("links.csv", sample_links),        FILE_OF("trust.csv", sample_trust),
    FILE_OF("edges.csv", sample_edges),        FILE_OF("msel.csv", sample_msel),
    FILE_OF("texts/en.yaml", sample_en),       FILE_OF("texts/nl.yaml", sample_nl),
};

/* The text with its one `from` replaced; freed by the caller. */
static inline char *sample_replace(const char *text, const char *from, const char *to) {
    const char *const at = strstr(text, from);
    if (at == NULL || strstr(at + 1, from) != NULL) {
        CHECK_FAIL("'%s' is in the sample %s", from, at == NULL ? "nowhere" : "more than once");
    }
    const size_t bytes = strlen(text) - strlen(from) + strlen(to) + 1;
    char *const made = spill_alloc(bytes, 1);
    CHECK(made != NULL);
    snprintf(made, bytes, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return made;
}

/* The sample with the one `from` of a file replaced by `to`. NULL from: the file becomes `to`; with
 * NULL to it is left out. NULL path: the sample as it is. */
static inline struct package *sample_package(const char *path, const char *from, const char *to) {
    struct package_file files[SAMPLE_FILES + 1];
    size_t count = 0;
    char *made = NULL;
    bool found = path == NULL;
    for (size_t i = 0; i < SAMPLE_FILES; i++) {
        files[count] = sample_files[i];
        if (path != NULL && strcmp(sample_files[i].path, path) == 0) {
            found = true;
            if (from == NULL && to == NULL) {
                continue;
            }
            made =
                from == NULL ? NULL : sample_replace((const char *)sample_files[i].bytes, from, to);
            const char *const text = made == NULL ? to : made;
            files[count].bytes = (const uint8_t *)text;
            files[count].size_bytes = strlen(text);
        }
        count++;
    }
    if (!found) {
        files[count] = (struct package_file){path, (const uint8_t *)to, strlen(to)};
        count++;
    }
    struct package *package = NULL;
    CHECK_OK(package_create(files, count, &package, NULL));
    free(made);
    return package;
}

/* Text of a file of a package; NULL when it is not there. */
static inline const char *sample_text(const struct package *package, const char *path) {
    for (size_t i = 0; i < package_file_count(package); i++) {
        const struct package_file file = package_file(package, i);
        if (strcmp(file.path, path) == 0) {
            return (const char *)file.bytes;
        }
    }
    return NULL;
}

/* A folder of scenarios/. */
static inline struct package *sample_open(const char *folder) {
    char path[SAMPLE_PATH_BYTES];
    snprintf(path, sizeof path, "%s/scenarios/%s", getenv("SPILL_SOURCE"), folder);
    struct package *package = NULL;
    CHECK_OK(package_open(path, &package, NULL));
    return package;
}

/* Loads, and destroys the package; prints the faults when the status is another. faults may be
 * NULL. */
static inline struct scenario *sample_load(struct package *package, enum spill_status wanted,
                                           struct fault_list **faults) {
    struct scenario *scenario = NULL;
    struct fault_list *found = NULL;
    const enum spill_status status = scenario_load(package, "", &scenario, &found);
    for (size_t i = 0; status != wanted && found != NULL && i < fault_list_count(found); i++) {
        char text[SAMPLE_FAULT_BYTES];
        const struct fault fault = fault_list_at(found, i);
        fault_print(&fault, text, sizeof text);
        fputs(text, stderr);
    }
    package_destroy(&package);
    CHECK_EQ(status, wanted);
    if (faults != NULL) {
        *faults = found;
    } else {
        fault_list_destroy(&found);
    }
    return scenario;
}

#endif
