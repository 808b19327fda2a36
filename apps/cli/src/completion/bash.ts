import { choicesOf, namesOf, type Place, quoted, valuedOf } from './places.ts';

/** The completion for bash: `source <(orangery completion bash)`. */
export function bashCompletion(places: readonly Place[]): string {
  const table = places
    .map((place) =>
      [
        `    ${quoted(place.path)})`,
        `commands=${quoted(namesOf(place.commands))}`,
        `options=${quoted(namesOf(place.options))}`,
        `valued=${quoted(valuedOf(place))} ;;`,
      ].join(' '),
    )
    .join('\n');
  return `# Completion of Orangery's command line for bash. Made by: orangery completion bash
_orangery_place() {
  commands='' options='' valued=''
  case "$1" in
${table}
  esac
}
_orangery_choices() {
  choices=''
  case "$1" in
${choicesOf(places)}
  esac
}
_orangery() {
  local place='' flag='' word index commands options valued choices
  local current=\${COMP_WORDS[COMP_CWORD]}
  _orangery_place ''
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ -n $flag ]]; then
      flag=''
    elif [[ " $valued " == *" $word "* ]]; then
      flag=$word
    elif [[ " $commands " == *" $word "* ]]; then
      place="\${place:+$place }$word"
      _orangery_place "$place"
    fi
  done
  if [[ -n $flag ]]; then
    _orangery_choices "\${place:+$place }$flag"
    if [[ -n $choices ]]; then
      COMPREPLY=($(compgen -W "$choices" -- "$current"))
    else
      compopt -o default
      COMPREPLY=()
    fi
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else
    compopt -o default
    COMPREPLY=()
  fi
}
complete -F _orangery orangery ./orangery
`;
}
