// The version of this package, as its package.json says.
import { createRequire } from 'node:module'
import * as v from 'valibot'

/** Two folders up, from dist/protocol/ as from the bundles in dist/agent/ and its like. */
const manifest: unknown = createRequire(import.meta.url)('../../package.json')

export const VERSION = v.parse(v.object({ version: v.string() }), manifest).version
