// How our programs must end on bad input: one clear line on stderr, the right status, never a stack trace.
import type { Test } from 'tap'
import type { Answer, World } from './world.ts'

export type Program = 'relay' | 'agent' | 'console'
/** What it is called, how it is called, and how it must end. */
export type Case = readonly [what: string, args: readonly string[], status: number, line: RegExp]

/** Run each, and check that it says one line of its own and nothing else. */
export async function refused(t: Test, w: World, program: Program, cases: readonly Case[]): Promise<void> {
  for (const [what, args, status, line] of cases) {
    const running = w.start(program, args)
    running.child.stdin?.end()
    checkRefused(t, what, await running.exit, { program, status, line })
  }
}

const CALLED = { relay: 'rrelay', agent: 'ragent', console: 'rconsole' } as const

export function checkRefused(
  t: Test,
  what: string,
  answer: Answer,
  { program, status, line }: { program: Program; status: number; line: RegExp },
): void {
  t.equal(answer.status, status, `${what}: status`)
  t.match(answer.stderr, line, `${what}: says why`)
  t.match(answer.stderr, new RegExp(`^${CALLED[program]}: [^\\n]+\\n$`), `${what}: one line`)
  t.notMatch(answer.stderr, /this is a bug|\n +at /, `${what}: no stack`)
  t.equal(answer.stdout.length, 0, `${what}: nothing on stdout`)
}
