// Every key of the UI, once: the handler, the footer and the help are made from this table.

/** Where a key is meant: the list of machines, its filter, a machine's prompt, the help, or all of them. */
export type Where = 'machines' | 'filter' | 'prompt' | 'help' | 'everywhere'

export type Command =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'top'
  | 'bottom'
  | 'scrollUp'
  | 'scrollDown'
  | 'select'
  | 'open'
  | 'filter'
  | 'accept'
  | 'back'
  | 'help'
  | 'quit'
  | 'run'
  | 'older'
  | 'newer'
  | 'edit'
  | 'interrupt'
  | 'suspend'
  | 'redraw'

interface Entry {
  /** As screen.ts names them. */
  readonly key: readonly string[]
  readonly label: string
  readonly description: string
  readonly command: Command
  /** Named in the help; true when absent. */
  readonly visible?: boolean
  /** One word for the footer; absent: not there. */
  readonly footer?: string
}

export interface Key extends Entry {
  readonly where: Where
  readonly visible: boolean
}

const EDITING = ['left', 'right', 'home', 'end', 'backspace', 'delete', 'C-a', 'C-e', 'C-k', 'C-u', 'C-w']

export const KEYS: readonly Key[] = [
  ...at('machines', [
    { key: ['enter'], label: 'Enter', description: 'open its prompt', command: 'open', footer: 'open' },
    { key: ['/'], label: '/', description: 'filter: words, !word', command: 'filter', footer: 'filter' },
    { key: ['escape'], label: 'Esc', description: 'clear the filter', command: 'back' },
    { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up' },
    { key: ['j', 'down'], label: 'j ↓', description: 'down', command: 'down' },
    { key: ['g', 'home'], label: 'g Home', description: 'first machine', command: 'top' },
    { key: ['G', 'end'], label: 'G End', description: 'last machine', command: 'bottom' },
    { key: ['pageup', 'C-u'], label: 'PgUp', description: 'a page up', command: 'pageUp' },
    { key: ['pagedown', 'C-d'], label: 'PgDn', description: 'a page down', command: 'pageDown' },
    { key: ['click'], label: 'click', description: 'select; again: open', command: 'select' },
    { key: ['?'], label: '?', description: 'this help', command: 'help', footer: 'help' },
    { key: ['q'], label: 'q', description: 'quit', command: 'quit', footer: 'quit' },
    { key: ['C-c'], label: 'Ctrl-C', description: 'quit', command: 'quit' },
  ]),
  ...at('filter', [
    { key: ['enter'], label: 'Enter', description: 'keep it', command: 'accept', footer: 'keep' },
    { key: ['escape'], label: 'Esc', description: 'clear it', command: 'back', footer: 'clear' },
    { key: ['C-c'], label: 'Ctrl-C', description: 'clear it', command: 'back', visible: false },
    { key: EDITING, label: '← → …', description: 'edit, as in a shell', command: 'edit', visible: false },
  ]),
  ...at('prompt', [
    { key: ['enter'], label: 'Enter', description: 'run the line', command: 'run', footer: 'run' },
    { key: ['up'], label: '↑', description: 'an earlier line', command: 'older' },
    { key: ['down'], label: '↓', description: 'a later line', command: 'newer' },
    { key: EDITING, label: '← → ^A ^E', description: 'edit; ^W ^U ^K delete', command: 'edit' },
    { key: ['pageup'], label: 'PgUp', description: 'scroll back', command: 'pageUp' },
    { key: ['pagedown'], label: 'PgDn', description: 'scroll forth', command: 'pageDown', footer: 'scroll' },
    { key: ['C-c'], label: 'Ctrl-C', description: 'cancel, or back', command: 'interrupt', footer: 'cancel' },
    {
      key: ['escape'],
      label: 'Esc',
      description: 'back; what runs goes on',
      command: 'back',
      footer: 'back',
    },
  ]),
  ...at('help', [
    {
      key: ['escape', '?', 'q', 'enter', 'C-c'],
      label: 'Esc',
      description: 'close',
      command: 'back',
      footer: 'close',
    },
    { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up', visible: false },
    {
      key: ['j', 'down'],
      label: 'j ↓',
      description: 'down',
      command: 'down',
      footer: 'scroll',
      visible: false,
    },
    { key: ['pageup'], label: 'PgUp', description: 'a page up', command: 'pageUp', visible: false },
    { key: ['pagedown'], label: 'PgDn', description: 'a page down', command: 'pageDown', visible: false },
  ]),
  ...at('everywhere', [
    { key: ['wheelup'], label: 'wheel', description: 'move, scroll', command: 'scrollUp' },
    {
      key: ['wheeldown'],
      label: 'wheel',
      description: 'move, scroll',
      command: 'scrollDown',
      visible: false,
    },
    { key: ['C-l'], label: 'Ctrl-L', description: 'draw anew', command: 'redraw' },
    { key: ['C-z'], label: 'Ctrl-Z', description: 'stop; fg comes back', command: 'suspend' },
  ]),
]

/** What `key` means at `where`. */
export function commandFor(where: Where, key: string): Command | undefined {
  return KEYS.find(
    (entry) => (entry.where === where || entry.where === 'everywhere') && entry.key.includes(key),
  )?.command
}

/** The keys worth a word at the foot of a view. */
export function footerFor(where: Where): string {
  return KEYS.filter((entry) => entry.where === where && entry.footer !== undefined)
    .map((entry) => `${entry.label} ${entry.footer}`)
    .join('  ')
}

function at(where: Where, entries: readonly Entry[]): Key[] {
  return entries.map((entry) => ({ ...entry, where, visible: entry.visible ?? true }))
}
