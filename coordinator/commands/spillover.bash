# SPDX-License-Identifier: Apache-2.0
# Completion for bash. It asks the program itself for its commands and options, so it cannot be out of date.
_spillover() {
  local law='' program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$(LC_ALL=C "$program" --help 2>/dev/null |
      awk '/^Commands:/ {inside = 1; next} /^$/ {inside = 0} inside {print $1}') help --help --version" -- "$word")
  elif [[ $command == validate && $word != -* ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W "$(LC_ALL=C "$program" validate --help 2>/dev/null |
      awk '/^Laws:/ {inside = 1; next} /^$/ {inside = 0} inside {print $1}')" -- "$word")
  elif [[ $word == -* ]]; then
    [[ $command == validate && ${COMP_WORDS[2]} != -* ]] && law=${COMP_WORDS[2]}
    mapfile -t COMPREPLY < <(compgen -W "$(LC_ALL=C "$program" "$command" ${law:+"$law"} --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _spillover spillover
