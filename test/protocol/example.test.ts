// docs/protocol.md against the code: the fenced `example` blocks are read from the document and computed anew.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { workedExample } from './example.ts'

/** `name = value` in fenced blocks marked `example`; an indented line goes on with the value before it. */
function readExample(markdown: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const [, block = ''] of markdown.matchAll(/^```example\n(.*?)^```$/gms)) {
    for (const entry of block.replaceAll(/\n {2,}/g, '').split('\n')) {
      const [, name, value] = /^(\S+) = (.+)$/.exec(entry) ?? []
      if (entry !== '' && (name === undefined || value === undefined))
        throw new Error(`not a value: ${entry}`)
      if (name !== undefined && value !== undefined) values.set(name, value)
    }
  }
  return values
}

void t.test('every value of the worked example is what the code computes', async (t) => {
  const shown = readExample(readFileSync('docs/protocol.md', 'utf8'))
  const computed = await workedExample()
  for (const [name, value] of computed) t.equal(shown.get(name), value, name)
  t.strictSame([...shown.keys()], [...computed.keys()], 'nothing is left out, nothing is made up')
})

void t.test('a wrong value, a missing one and a wrapped one are told apart', async (t) => {
  t.strictSame(
    [...readExample('```example\na = 12\n    34\nb = {"x": 1}\n```\n')],
    [
      ['a', '1234'],
      ['b', '{"x": 1}'],
    ],
  )
  t.throws(() => readExample('```example\nnonsense\n```\n'), /nonsense/)
  t.strictSame([...readExample('```text\na = 1\n```\n')], [])
})
