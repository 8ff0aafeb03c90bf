// The keys of the shells: after the prefix, while one reads back, and while one types what to search for.
import { type KeyEntry, keyTable } from '../page.ts'

/** What the name of a key begins with that came after the prefix, whichever key that is. */
export const PREFIXED = 'prefix '

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

/** With ^] in its labels, as it is unless RCONSOLE_PREFIX says otherwise. */
export const SHELL_KEYS = keyTable([
  {
    key: ['prefix n'],
    label: '^] n',
    description: 'one more on this machine',
    command: 'new',
    footer: 'new',
  },
  {
    key: DIGITS.map((digit) => PREFIXED + digit),
    label: '^] 1-9',
    description: 'the one in that tab',
    command: 'tab',
    footer: 'tab',
  },
  {
    key: ['prefix f'],
    label: '^] f',
    description: 'the whole terminal',
    command: 'full',
    footer: 'full',
  },
  { key: ['prefix ['], label: '^] [', description: 'read back', command: 'scroll', footer: 'scroll' },
  {
    key: ['prefix /'],
    label: '^] /',
    description: 'search what it printed',
    command: 'search',
    footer: 'search',
  },
  {
    key: ['prefix t'],
    label: '^] t',
    description: 'type into all shells',
    command: 'many',
  },
  { key: ['prefix x'], label: '^] x', description: 'end this one', command: 'end' },
  {
    key: ['prefix q'],
    label: '^] q',
    description: 'leave; they all go on',
    command: 'leave',
    footer: 'back',
  },
  { key: ['prefix prefix'], label: '^] ^]', description: 'types Ctrl-] itself', command: 'self' },
  { key: ['enter'], label: 'Enter', description: 'once it ended: again', command: 'again' },
])

export const READING_KEYS = keyTable([
  { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up' },
  { key: ['j', 'down'], label: 'j ↓', description: 'down', command: 'down' },
  { key: ['pageup', 'C-u'], label: 'PgUp', description: 'a page up', command: 'pageUp' },
  { key: ['pagedown', 'C-d'], label: 'PgDn', description: 'a page down', command: 'pageDown' },
  { key: ['wheelup'], label: 'wheel', description: 'read back, and forth', command: 'wheelUp' },
  { key: ['wheeldown'], label: 'wheel', description: 'forth', command: 'wheelDown', visible: false },
  { key: ['g', 'home'], label: 'g Home', description: 'the oldest line', command: 'top' },
  { key: ['G', 'end'], label: 'G End', description: 'the newest line', command: 'bottom' },
  { key: ['/'], label: '/', description: 'search', command: 'search', footer: 'search' },
  { key: ['n'], label: 'n', description: 'search on upwards', command: 'next' },
  { key: ['N'], label: 'N', description: 'search on downwards', command: 'previous' },
  {
    key: ['v', ' '],
    label: 'v Space',
    description: 'choose lines',
    command: 'choose',
    footer: 'choose',
  },
  { key: ['y', 'enter'], label: 'y Enter', description: 'copy the lines', command: 'copy', footer: 'copy' },
  {
    key: ['escape', 'q', 'C-c'],
    label: 'Esc q',
    description: 'to what is new',
    command: 'live',
    footer: 'back',
  },
])

export const SEARCH_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'search upwards', command: 'find', footer: 'search' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'do not', command: 'stop', footer: 'back' },
])

/** The same keys behind another prefix, as people write it: `Ctrl-A`. */
export function labelled<E extends KeyEntry>(entries: readonly E[], prefix: string): readonly E[] {
  if (prefix === 'Ctrl-]') return entries
  const short = prefix.replace('Ctrl-', '^')
  return entries.map((entry) => ({
    ...entry,
    label: entry.label.replaceAll('^]', short),
    description: entry.description.replaceAll('Ctrl-]', prefix),
  }))
}
