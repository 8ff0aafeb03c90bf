// The version of this package, as its package.json says.
import { createRequire } from 'node:module'
import * as v from 'valibot'

// From dist/protocol/ and, unbuilt, from protocol/: package.json is found by walking up.
const require = createRequire(import.meta.url)

export const VERSION = v.parse(v.object({ version: v.string() }), packageJson()).version

function packageJson(): unknown {
  try {
    return require('../../package.json')
  } catch {
    // Run unbuilt: one folder less.
    return require('../package.json')
  }
}
