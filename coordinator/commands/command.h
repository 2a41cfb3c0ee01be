/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: the table of subcommands, and what every subcommand shares.
 *
 * Owns the table that `spillover --help` shows, the choice of a command, the way commands fail,
 * parse arguments and notice an interrupt. Everything here is called by main's thread.
 *
 * To add a command `x`: a row here in alphabetical order, `enum spill_exit command_x(int argc, char
 * **argv)` in x.c, and a row command_x in proto/words.csv.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <argp.h>

#include "proto/vocabulary.h"
#include "proto/words.h"

/* Name, the key of its one-line summary, and an example for --help. */
#define COMMAND_MAP(X)                                                                             \
    X(check, WORDS_COMMAND_CHECK, "spillover check scenarios/tutorial")                            \
    X(control, WORDS_COMMAND_CONTROL, "spillover control status --record play.spill")              \
    X(coordinate, WORDS_COMMAND_COORDINATE,                                                        \
      "spillover coordinate scenarios/amber-tide --roster roster --record play.spill")             \
    X(ensemble, WORDS_COMMAND_ENSEMBLE,                                                            \
      "spillover ensemble scenarios/amber-tide --replicas 10000")                                  \
    X(export, WORDS_COMMAND_EXPORT, "spillover export tutorial.spill --at 6h --to result.geojson") \
    X(import, WORDS_COMMAND_IMPORT,                                                                \
      "spillover import net.graphml --to scenarios/net --country nl --sector gas")                 \
    X(join, WORDS_COMMAND_JOIN,                                                                    \
      "spillover join --coordinator tcp://10.0.0.1:4711 --server-key '…' --cell nl-csirt "       \
      "--key nl-csirt.key")                                                                        \
    X(keys, WORDS_COMMAND_KEYS, "spillover keys new nl-csirt.key")                                 \
    X(replay, WORDS_COMMAND_REPLAY, "spillover replay tutorial.spill --verify")                    \
    X(run, WORDS_COMMAND_RUN, "spillover run scenarios/amber-tide --speed max")                    \
    X(schema, WORDS_COMMAND_SCHEMA, "spillover schema > scenario.schema.json")                     \
    X(validate, WORDS_COMMAND_VALIDATE, "spillover validate watts --phi 0.18 --degree 4")          \
    X(version, WORDS_COMMAND_VERSION, "spillover version --json")                                  \
    X(why, WORDS_COMMAND_WHY, "spillover why tutorial.spill nl-hospital --at 4:30")

#define COMMAND_DECLARE(name, summary, example)                                                    \
    enum spill_exit command_##name(int argc, char **argv);
COMMAND_MAP(COMMAND_DECLARE)
#undef COMMAND_DECLARE

/* main: picks the command that argv[1] names and runs it with argv[0] "spillover NAME" and the
 * arguments behind it; answers --help, --version and `help [COMMAND]` itself. */
enum spill_exit command_main(int argc, char **argv);

/* The command whose name is nearest to a mistyped one; NULL when none is near. */
const char *command_nearest(const char *name);

/* Prints "spillover: …" to standard error and returns `code`, so that a command can return it. */
enum spill_exit command_fail(enum spill_exit code, const char *format, ...) SPILL_PRINTF(2, 3);

/* The same for a failed call: prints the error's words (the status's, when there are none), and
 * returns the exit code of the status. `error` may be NULL. */
enum spill_exit command_fail_status(enum spill_status status, const struct spill_error *error);

/* The language in which to speak to whoever runs the program: LC_ALL, LC_MESSAGES or LANG; English
 * otherwise. */
enum words_language command_language(void);

/* Words of a key in that language. */
const char *command_words(enum words_key key);

/* argp_parse with the program's manners: a usage error exits 64, --help exits 0. `input` goes to
 * the parser's state. */
void command_parse(const struct argp *argp, int argc, char **argv, void *input);

/* From now on the first interrupt (SIGINT, SIGTERM) only sets a flag, for a command that can end
 * its work well; a second one ends the program. */
void command_watch_interrupt(void);

/* Whether the interrupt came; such a command then returns SPILL_EXIT_INTERRUPTED. */
bool command_interrupted(void);

#endif
