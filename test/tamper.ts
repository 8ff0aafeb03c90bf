// Tampering with the files of histories, and what rconsole says of it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { World } from './world.ts'

export type Lines = (lines: string[]) => string[]

/** Change the lines of a file. */
export function edit(path: string, change: Lines): void {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  writeFileSync(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

export function receiptsOf(w: World, name: string): string {
  const file = readdirSync(join(w.folder, name)).find((entry) => /^receipts-.*\.jsonl$/.test(entry))
  return join(w.folder, name, file ?? 'none')
}

/** What `rconsole audit verify` says when something is broken: one line, status 1. */
export async function broken(t: Test, w: World, ...targets: readonly string[]): Promise<string> {
  const { status, stderr, stdout } = await w.rconsole(['audit', 'verify', ...targets])
  t.equal(status, 1, stderr)
  t.equal(stdout.length, 0)
  t.equal(stderr.split('\n').length, 2, `one line: ${stderr}`)
  return stderr
}

export async function whole(t: Test, w: World): Promise<void> {
  const { status, stderr } = await w.rconsole(['audit', 'verify'])
  t.equal(status, 0, stderr)
}

/** One character of the payload of a JWS changed, so that it still reads. */
export function changed(jws: string): string {
  const [head = '', payload = '', signature = ''] = jws.split('.')
  const body = Buffer.from(payload, 'base64url').toString().replace(/"t":1/, '"t":2')
  return [head, Buffer.from(body).toString('base64url'), signature].join('.')
}
