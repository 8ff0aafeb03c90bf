// Makes one file of each program, after the compiler: loading hundreds of modules would be most of what a short command costs.
// What is in `dependencies` stays outside and is installed; everything else is inside, and its licence beside it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
/** `ws` asks for the last one, and does without. */
const external = [...Object.keys({ ...dependencies, ...optionalDependencies }), 'utf-8-validate']

const inside = new Set()
for (const program of ['console', 'agent', 'relay']) {
  const bundle = await rolldown({
    input: { main: `${program}/main.ts` },
    platform: 'node',
    external,
    onwarn: (warning) => {
      throw new Error(warning.message)
    },
  })
  // Not minified: who installs a security tool can read it, and its stacks.
  const { output } = await bundle.write({
    dir: `dist/${program}`,
    format: 'esm',
    chunkFileNames: 'chunk-[name].js',
  })
  await bundle.close()
  for (const { moduleIds } of output)
    for (const id of moduleIds) {
      const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []
      if (folder !== undefined) inside.add(folder)
    }
}

const licences = [...inside]
  .toSorted((one, other) => one.localeCompare(other))
  .map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    return `${name} ${version} (${license ?? 'see below'})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8')}`
  })
writeFileSync('dist/third-party.txt', `${licences.join(`\n${'-'.repeat(80)}\n\n`)}`)
