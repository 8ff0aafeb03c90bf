// What was run, as a line for people: quoted where a shell would need it, cut to a length.

/** The most of a command that is remembered for showing (bytes). */
export const COMMAND_BYTES = 1024

type Program = { readonly argv: readonly string[] } | { readonly line: string }

/** `uname -s`, `sh -c 'a b'`: at most COMMAND_BYTES of UTF-8, ending in … when it was longer; control characters as spaces. */
export function commandText(program: Program): string {
  if ('line' in program) return cut(program.line)
  let text = ''
  for (const word of program.argv) {
    text += `${text === '' ? '' : ' '}${quote(word.slice(0, COMMAND_BYTES + 1))}`
    if (text.length > COMMAND_BYTES) break
  }
  return cut(text)
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function cut(whole: string): string {
  // oxlint-disable-next-line no-control-regex
  const text = whole.slice(0, COMMAND_BYTES + 1).replace(/[\u0000-\u001f\u007f]/g, ' ')
  const bytes = Buffer.from(text)
  if (bytes.length <= COMMAND_BYTES) return text
  // What was cut in the middle of a character becomes U+FFFD, of three bytes like the ellipsis.
  return `${bytes.subarray(0, COMMAND_BYTES - 6).toString('utf8')}…`
}
