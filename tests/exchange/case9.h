/* SPDX-License-Identifier: Apache-2.0 */
/* The 9-bus case of Anderson and Fouad, Power System Control and Stability (1980), as MATPOWER's
 * case9 has its numbers. */
#ifndef TEST_CASE9_H
#define TEST_CASE9_H

static const char case9_text[] =
    "function mpc = case9\n"
    "% nine buses\n"
    "mpc.version = '2';\n"
    "mpc.baseMVA = 100;\n"
    "mpc.bus = [\n"
    "\t1\t3\t0\t0\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t2\t2\t0\t0\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t3\t2\t0\t0\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t4\t1\t0\t0\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t5\t1\t90\t30\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t6\t1\t0\t0\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t7\t1\t100\t35\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t8\t1\t0\t0\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "\t9\t1\t125\t50\t0\t0\t1\t1\t0\t345\t1\t1.1\t0.9;\n"
    "];\n"
    "mpc.gen = [\n"
    "\t1\t72.3\t27.03\t300\t-300\t1.04\t100\t1\t250\t10;\n"
    "\t2\t163\t6.54\t300\t-300\t1.025\t100\t1\t300\t10;\n"
    "\t3\t85\t-10.95\t300\t-300\t1.025\t100\t1\t270\t10;\n"
    "];\n"
    "mpc.branch = [\n"
    "\t1\t4\t0\t0.0576\t0\t250\t250\t250\t0\t0\t1\t-360\t360;\n"
    "\t4\t5\t0.017\t0.092\t0.158\t250\t250\t250\t0\t0\t1\t-360\t360;\n"
    "\t5\t6\t0.039\t0.17\t0.358\t150\t150\t150\t0\t0\t1\t-360\t360;\n"
    "\t3\t6\t0\t0.0586\t0\t300\t300\t300\t0\t0\t1\t-360\t360;\n"
    "\t6\t7\t0.0119\t0.1008\t0.209\t150\t150\t150\t0\t0\t1\t-360\t360;\n"
    "\t7\t8\t0.0085\t0.072\t0.149\t250\t250\t250\t0\t0\t1\t-360\t360;\n"
    "\t8\t2\t0\t0.0625\t0\t250\t250\t250\t0\t0\t1\t-360\t360;\n"
    "\t8\t9\t0.032\t0.161\t0.306\t250\t250\t250\t0\t0\t1\t-360\t360;\n"
    "\t9\t4\t0.01\t0.085\t0.176\t250\t250\t250\t0\t0\t1\t-360\t360;\n"
    "];\n"
    "mpc.gencost = [2 1500 0 3 0.11 5 150; 2 2000 0 3 0.085 1.2 600; 2 3000 0 3 0.1225 1 335];\n"
    "mpc.bus_name = {'one'; 'it''s two'};\n";

#endif
