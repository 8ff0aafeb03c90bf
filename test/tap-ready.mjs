// tap is rebuilt once after an install: we leave out its TypeScript plugin, which cannot load TypeScript 7 (tapjs/tapjs#1049),
// and what mocks, which every test file would load (0.1 s of processor each) and none uses.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const built = readFileSync(
  new URL('../node_modules/@tapjs/test/test-built/src/index.ts', import.meta.url),
  'utf8',
)
if (built.includes('@tapjs/typescript')) {
  execFileSync('node_modules/.bin/tap', ['build'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
