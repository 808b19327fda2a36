import { choicesOf, type Place, quoted, valuedOf } from './places.ts';

/** The completion for zsh, with what each word does: `source <(orangery completion zsh)`. */
export function zshCompletion(places: readonly Place[]): string {
  const described = (all: readonly { name: string; about: string }[]): string =>
    all.map(({ name, about }) => quoted(`${name}:${about}`)).join(' ');
  const table = places
    .map(
      (place) => `    ${quoted(place.path)})
      commands=(${described(place.commands)})
      options=(${described(place.options)})
      valued=${quoted(valuedOf(place))} ;;`,
    )
    .join('\n');
  return `#compdef orangery
# Completion of Orangery's command line for zsh. Made by: orangery completion zsh
_orangery_place() {
  commands=() options=() valued=''
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
  local place='' flag='' word valued choices
  local -a commands options
  integer index
  _orangery_place ''
  for ((index = 2; index < CURRENT; index++)); do
    word=$words[index]
    if [[ -n $flag ]]; then
      flag=''
    elif [[ " $valued " == *" $word "* ]]; then
      flag=$word
    elif (( \${commands[(I)$word:*]} )); then
      place="\${place:+$place }$word"
      _orangery_place "$place"
    fi
  done
  if [[ -n $flag ]]; then
    _orangery_choices "\${place:+$place }$flag"
    if [[ -n $choices ]]; then compadd -- \${=choices}; else _files; fi
  elif [[ $words[CURRENT] == -* ]]; then
    _describe -o option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
if (( $+functions[compdef] )); then compdef _orangery orangery; fi
`;
}
