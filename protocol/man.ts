// The manual page of a program, made of the same declarations that --help prints.
import { type Command, CommanderError } from 'commander'
import { VERSION } from './version.ts'

/** Let `program` print its manual page: `--man`. */
export function withManual(program: Command): Command {
  return program
    .option('--man', 'print all of the help as a manual page, for man -l -')
    .on('option:man', () => {
      process.stdout.write(manualOf(program))
      throw new CommanderError(0, 'commander.man', 'printed')
    })
}

/** In the language of man(7). */
function manualOf(program: Command): string {
  const name = program.name()
  const all = [...commandsBelow(program)]
  const lines = [
    `.TH ${name.toUpperCase()} 1 "" "rconsole ${VERSION}" "User Commands"`,
    '.SH NAME',
    `${text(name)} \\- ${text(firstSentence(program.description()))}`,
    '.SH SYNOPSIS',
    `.B ${text(name)}`,
    text(program.usage()),
    '.SH DESCRIPTION',
    text(program.description()),
    '.SH OPTIONS',
    ...optionsOf(program),
    ...(all.length === 0
      ? []
      : ['.SH COMMANDS', ...all.flatMap((command) => commandLines(program, command))]),
    '.SH SEE ALSO',
    text(
      'rconsole(1), ragent(1), rrelay(1); docs/operating.md of the package has the exit statuses and the rest',
    ),
  ]
  return `${lines.join('\n')}\n`
}

/** Those that do something: of `token`, `token new` and its like. */
function* commandsBelow(command: Command): Generator<Command> {
  for (const child of command.createHelp().visibleCommands(command)) {
    if (child.name() === 'help') continue
    yield child
    yield* commandsBelow(child)
  }
}

function commandLines(program: Command, command: Command): string[] {
  const help = command.createHelp()
  const usage = help.commandUsage(command).replace(`${program.name()} `, '')
  const words = help.visibleArguments(command).filter(({ description }) => description !== '')
  return [
    `.SS ${text(usage)}`,
    text(command.description()),
    ...words.flatMap((word) => [
      '.TP',
      `.I ${text(help.argumentTerm(word))}`,
      text(help.argumentDescription(word)),
    ]),
    ...optionsOf(command),
  ]
}

function optionsOf(command: Command): string[] {
  const help = command.createHelp()
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .flatMap((option) => ['.TP', `.B ${text(help.optionTerm(option))}`, text(help.optionDescription(option))])
}

function firstSentence(description: string): string {
  return description.replace(/\.(?:\s.*)?$/s, '')
}

/** What troff reads as nothing but text. */
function text(words: string): string {
  return words
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll("'", String.raw`\(aq`)
    .replaceAll('`', String.raw`\(ga`)
    .replaceAll(/[^\0-\x7f]/gu, (char) => `\\[u${codeOf(char)}]`)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/^(?=\.)/, String.raw`\&`)
}

function codeOf(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
