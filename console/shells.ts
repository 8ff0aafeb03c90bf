// What each shell loads once: it asks `rconsole completion words` for candidates, a word and a tab and what it is.

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export const COMPLETION_SCRIPTS: { readonly [S in (typeof SHELLS)[number]]: string } = {
  // The words are taken from the line: bash's own are broken at = and :, which labels and ports contain.
  bash: String.raw`# bash completion of rconsole; in ~/.bashrc: eval "$(rconsole completion bash)"
_rconsole() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words=() current before candidate IFS=$' \t\n'
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${'$'}{words[${'$'}{#words[@]} - 1]}
  # What of the word stands before the part that bash is about to replace.
  before=${'$'}{current%"$2"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    candidate=${'$'}{candidate%%$'\t'*}
    if [[ $candidate == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$2")
    else
      COMPREPLY+=("${'$'}{candidate#"$before"}")
    fi
  done < <("$1" completion words -- "${'$'}{words[@]:1}" 2>/dev/null)
  [[ ${'$'}{#COMPREPLY[@]} -eq 1 && ${'$'}{COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _rconsole rconsole
`,
  zsh: String.raw`#compdef rconsole
# zsh completion of rconsole; in ~/.zshrc after compinit: eval "$(rconsole completion zsh)"
_rconsole() {
  local line
  local -a names about open
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
    elif [[ ${'$'}{line%%$'\t'*} == *: ]]; then
      open+=("${'$'}{line%%$'\t'*}")
    else
      names+=("${'$'}{line%%$'\t'*}")
      about+=("${'$'}{line/$'\t'/  }")
    fi
  done < <("${'$'}{words[1]}" completion words -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${'$'}{#open} )) && compadd -S '' -- "${'$'}{open[@]}"
  (( ${'$'}{#names} )) && compadd -l -d about -- "${'$'}{names[@]}"
  return 0
}
if [[ ${'$'}{funcstack[1]} == _rconsole ]]; then _rconsole "$@"; else compdef _rconsole rconsole; fi
`,
  fish: String.raw`# fish completion of rconsole; in ~/.config/fish/config.fish: rconsole completion fish | source
function __rconsole_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] completion words -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            printf '%s\n' $line
        end
    end
end
complete -c rconsole -f -a '(__rconsole_complete)'
`,
}
