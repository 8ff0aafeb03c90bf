// npm run chaos -- --seed N [--steps M | --minutes M] [--patience MS] [--verbose]: a hostile relay against real agents and consoles.
import { parseArgs } from 'node:util'
import { siege } from './siege.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    minutes: { type: 'string' },
    patience: { type: 'string', default: '300' },
    verbose: { type: 'boolean', default: false },
  },
})
const deadline =
  values.minutes === undefined ? undefined : performance.now() + Number(values.minutes) * 60_000

/** With --minutes seed after seed until the time is over, otherwise one. */
for (let seed = Number(values.seed); ; seed++) {
  const undo: (() => Promise<void>)[] = []
  const outcome = await siege(
    { teardown: (handler) => undo.push(handler) },
    {
      seed: String(seed),
      steps: Number(values.steps),
      patience: Number(values.patience),
      ...(deadline === undefined ? {} : { ms: deadline - performance.now() }),
    },
  )
  for (const handler of undo.toReversed()) await handler()
  const { faults, steps, done, deeds, said } = outcome
  console.log(JSON.stringify({ seed, steps, done, faults: faults.length, deeds }))
  if (values.verbose) for (const line of said) console.log(`seed ${seed} said: ${line}`)
  for (const fault of faults) console.log(`seed ${seed}: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
  if (deadline === undefined || performance.now() > deadline || faults.length > 0) break
}
