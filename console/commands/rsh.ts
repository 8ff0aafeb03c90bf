// rconsole rsh: stands in for ssh in programs that are given a remote shell: rsync, git, tar over a pipe.
import { Command as Parser } from 'commander'
import { RconsoleError } from '../../protocol/errors.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { write } from '../io.ts'
import { runLine } from './run.ts'
import { openShell } from './shell.ts'

/** Options of ssh(1) that take a word and say nothing that holds here: user, port, keys, settings. */
const WITH_WORD = new Set('BbcDEeFIiJLlmOopQRSWw')

export const rsh: Command = {
  name: 'rsh',
  uses: ['run', 'shell'],
  isTransparent: true,
  isVerbatim: true,
  build: (act) =>
    new Parser('rsh')
      .description(
        'a remote shell for other programs: rsync -e "rconsole rsh", GIT_SSH_COMMAND="rconsole rsh"',
      )
      .usage('[ssh options] <machine> [command…]')
      .argument('[words...]', 'what a program passes to ssh; options of ssh are taken and ignored')
      .action((words: string[], _flags: object, parser: Parser) =>
        act(parser, (context) => obey(context, words)),
      ),
}

async function obey(context: Context, words: readonly string[]): Promise<number> {
  const { machine, command, isQuery, isWithoutInput } = readWords(words)
  if (isQuery) {
    // git asks so whether this takes the options of OpenSSH.
    await write(context.io.stdout, `host ${machine}\n`)
    return 0
  }
  if (command.length === 0) return await openShell(context, machine, {})
  // As ssh does: the words are joined, and the machine's own shell reads them.
  return await runLine(context, machine, command.join(' '), !isWithoutInput)
}

interface Words {
  readonly machine: string
  readonly command: readonly string[]
  readonly isQuery: boolean
  readonly isWithoutInput: boolean
}

/** @throws USAGE */
function readWords(words: readonly string[]): Words {
  let isQuery = false
  let isWithoutInput = false
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') {
      at++
      break
    }
    if (!/^-./.test(word)) break
    // -p22, -p 22, -Tp 22: a letter that takes a word takes the rest, or the next.
    for (let index = 1; index < word.length; index++) {
      const letter = word[index] ?? ''
      if (letter === 'G') isQuery = true
      if (letter === 'n') isWithoutInput = true
      if (!WITH_WORD.has(letter)) continue
      if (index === word.length - 1) at++
      break
    }
  }
  const [host, ...command] = words.slice(at)
  // Which user it runs as is the agent's matter.
  const machine = host?.replace(/^[^@]+@/, '')
  if (machine !== undefined && machine !== '') return { machine, command, isQuery, isWithoutInput }
  throw new RconsoleError('USAGE', 'rsh: expected a machine, and perhaps a command')
}
