# SPDX-License-Identifier: Apache-2.0
# Each fuzz_<x>.c is a program fuzz_<x>: under clang's fuzzer with SPILL_FUZZ (preset fuzz), else under fuzz_driver.c, and
# then also a test that replays corpus/<x>.
file(GLOB targets CONFIGURE_DEPENDS fuzz/fuzz_*.c)
list(FILTER targets EXCLUDE REGEX "fuzz_driver\\.c$")
foreach(source IN LISTS targets)
  string(REGEX REPLACE "^.*/fuzz_(.*)\\.c$" "\\1" name ${source})
  if(SPILL_FUZZ)
    add_executable(fuzz_${name} ${source})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${name} ${source} fuzz/fuzz_driver.c)
    add_test(NAME fuzz/${name} COMMAND fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
  endif()
  target_link_libraries(fuzz_${name} PRIVATE spill_commands spill_wire spill_stream)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/fuzz)
endforeach()
