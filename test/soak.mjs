// `npm run soak -- NAME`: the tests that run small in `npm test`, at their full size.
import { spawnSync } from 'node:child_process'

/** What each soak runs, and with which size. */
const SOAKS = {
  bytes: { files: ['system/run.test.js', 'system/loss.test.js'], env: { RCONSOLE_MIB: '100' } },
  files: {
    files: ['system/cp-cut.test.js'],
    env: { RCONSOLE_CUT_MIB: '200', RCONSOLE_WHOLE_MIB: '500' },
  },
  flood: {
    files: ['system/flood.test.js'],
    env: { RCONSOLE_FLOOD_MIB: '1024', RCONSOLE_FLOOD_AGENTS: '50' },
  },
  hundred: { files: ['system/hundred.test.js'], env: { RCONSOLE_REAL_AGENTS: '100' } },
  tenthousand: { files: ['system/simulated.test.js'], env: { RCONSOLE_AGENTS: '10000' } },
  once: { files: ['system/once.test.js'], env: { RCONSOLE_RUNS: '200' } },
  chaos: {
    files: ['system/chaos.test.js'],
    env: { RCONSOLE_SEEDS: Array.from({ length: 100 }, (_, seed) => seed + 1).join() },
  },
  panes: { files: ['system/panes.test.js'], env: { RCONSOLE_PANE_MIB: '100' } },
  screen: { files: ['console/ui/many.test.js'], env: { RCONSOLE_SCREEN_S: '30' } },
  core: { files: ['system/blind.test.js'], env: { RCONSOLE_CORE: '1' } },
  frames: {
    files: ['console/ui/paint.test.js', 'console/ui/frames.test.js'],
    env: { RCONSOLE_FRAMES: '10000' },
  },
  // Not a test of tap: it runs for ten minutes and says what it sees.
  load: { script: 'dist/bench/load.js' },
  fuzz: {
    files: ['protocol/fuzz.test.js', 'protocol/fuzz-histories.test.js', 'protocol/formats.test.js'],
    env: { RCONSOLE_FUZZ: '6600' },
  },
}

const name = process.argv[2] ?? ''
const soak = Object.hasOwn(SOAKS, name) ? SOAKS[name] : undefined
if (soak === undefined) {
  console.error(`soak: expected one of ${Object.keys(SOAKS).join(', ')}, got ${JSON.stringify(name)}`)
  process.exit(2)
}
const [file, ...args] =
  soak.script === undefined
    ? ['node_modules/.bin/tap', '--timeout=1800', ...soak.files.map((name) => `dist/test/${name}`)]
    : [process.execPath, soak.script, ...process.argv.slice(3)]
const { status } = spawnSync(file, args, {
  stdio: 'inherit',
  env: { ...process.env, ...soak.env },
})
process.exit(status ?? 1)
