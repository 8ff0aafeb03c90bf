// `npm run bench`: every target, us and the peer in turns on this machine. `-- P3 P10`: only those; `-- --smoke`: small, to see that each works;
// `-- --keep`: as the results of the repository, and in docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RESULTS, writeDocument } from './document.ts'
import { machine } from './machine.ts'
import type { Row } from './measure.ts'
import { p01 } from './p01.ts'
import { p02 } from './p02.ts'
import { p03 } from './p03.ts'
import { p04 } from './p04.ts'
import { p05 } from './p05.ts'
import { p06 } from './p06.ts'
import { p07 } from './p07.ts'
import { p08 } from './p08.ts'
import { p09 } from './p09.ts'
import { p10 } from './p10.ts'
import { p11 } from './p11.ts'
import { p12 } from './p12.ts'
import { Stage } from './stage.ts'
import { lineOf } from './table.ts'

/** The crowd last: it is what leaves a machine warm. */
const BENCHES: Readonly<Record<string, (stage: Stage) => Promise<Row[]>>> = {
  P1: p01,
  P2: p02,
  P10: p10,
  P3: p03,
  P11: p11,
  P12: p12,
  P8: p08,
  P9: p09,
  P4: p04,
  P6: p06,
  P5: p05,
  P7: p07,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    crowd: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const names = positionals.length > 0 ? positionals.map((name) => name.toUpperCase()) : Object.keys(BENCHES)
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name))
if (unknown !== undefined) {
  console.error(`bench: expected ${Object.keys(BENCHES).join(', ')}, got ${unknown}`)
  process.exit(2)
}

const stage = new Stage({
  isSmoke: values.smoke,
  crowd: Number(values.crowd ?? (values.smoke ? 12 : 10_000)),
})
try {
  for (const name of names) {
    const begun = performance.now()
    const found = (await BENCHES[name]?.(stage)) ?? []
    // Small and on a busy machine, a figure says nothing but that there is one.
    if (values.smoke) console.log(`${name}: works, ${Math.round(performance.now() - begun)} ms`)
    else for (const row of found) console.log(lineOf(row))
    if (values.keep) keep(name, found)
  }
} finally {
  await stage.end()
}

/** At once: whoever stops it has what is done. */
function keep(name: string, rows: readonly Row[]): void {
  mkdirSync(RESULTS, { recursive: true })
  const text = JSON.stringify({ ...machine(), rows }, undefined, 2)
  writeFileSync(join(RESULTS, `${name.toLowerCase()}.json`), `${text}\n`)
  writeDocument()
}
