// Every key of the UI, once: handlers, footers, the help and the table in docs/operating.md are made from this.
import { EDITING, EVERYWHERE, FIRST, INNER } from './frame-keys.ts'
import { MACHINE_FILTER_KEYS, MACHINE_KEYS } from './machine/keys.ts'
import { ORDER_KEYS } from './orders.ts'
import type { KeyEntry, Section } from './page.ts'
import { COLUMNS_KEYS } from './pages/columns.ts'
import { DIALOG_KEYS } from './pages/dialog.ts'
import { HELP_KEYS } from './pages/help.ts'
import { FILTER_KEYS, MACHINES_KEYS } from './pages/machines.ts'
import { NOTICES_KEYS } from './pages/notices.ts'
import { PALETTE_KEYS } from './pages/palette.ts'
import { PROMPT_KEYS } from './pages/prompt.ts'
import { ROWS_FILTER_KEYS, ROWS_KEYS } from './pages/rows.ts'
import { COMMAND_KEYS, RUN_KEYS, RUNS_KEYS, SAVE_KEYS } from './run/keys.ts'
import { READING_KEYS, SEARCH_KEYS, SHELL_KEYS } from './shell/keys.ts'
import { WORK_KEYS } from './work.ts'

export const SECTIONS: readonly Section[] = [
  { where: 'machines', title: 'MACHINES', keys: [...MACHINES_KEYS, ...WORK_KEYS, ...ORDER_KEYS, ...FIRST] },
  { where: 'filter', title: 'FILTER', keys: FILTER_KEYS },
  { where: 'columns', title: 'COLUMNS', keys: COLUMNS_KEYS },
  { where: 'machine', title: 'ONE MACHINE', keys: [...MACHINE_KEYS, ...WORK_KEYS, ...ORDER_KEYS] },
  { where: 'machineFilter', title: 'FILTER OF ITS LISTS', keys: MACHINE_FILTER_KEYS },
  { where: 'prompt', title: 'PROMPT OF A MACHINE', keys: PROMPT_KEYS },
  { where: 'rows', title: 'HISTORY, TOKENS, OPERATORS', keys: ROWS_KEYS },
  { where: 'rowsFilter', title: 'FILTER OF THOSE', keys: ROWS_FILTER_KEYS },
  { where: 'palette', title: 'COMMANDS BY NAME', keys: PALETTE_KEYS },
  { where: 'dialog', title: 'QUESTIONS', keys: DIALOG_KEYS },
  { where: 'notices', title: 'NOTICES', keys: NOTICES_KEYS },
  { where: 'command', title: 'A LINE TO RUN', keys: COMMAND_KEYS },
  { where: 'run', title: 'A RUN', keys: RUN_KEYS },
  { where: 'save', title: 'SAVING A RUN', keys: SAVE_KEYS },
  { where: 'runs', title: 'RUNS', keys: RUNS_KEYS },
  { where: 'shell', title: 'SHELLS', keys: SHELL_KEYS },
  { where: 'reading', title: 'READING BACK IN A SHELL', keys: READING_KEYS },
  { where: 'search', title: 'SEARCHING IN A SHELL', keys: SEARCH_KEYS },
  { where: 'help', title: 'HELP', keys: HELP_KEYS },
  { where: 'typing', title: 'WHERE A LINE IS TYPED', keys: EDITING },
  { where: 'everywhere', title: 'EVERYWHERE', keys: [...EVERYWHERE, ...INNER] },
]

/** The keys that the help names. */
export function namedKeys(): KeyEntry[] {
  return SECTIONS.flatMap(({ keys }) => keys).filter(({ visible }) => visible !== false)
}

/** docs/keys.md. */
export function keysPage(): string {
  const sections = SECTIONS.flatMap(({ title, keys }) => {
    const rows = keys.filter(({ visible }) => visible !== false)
    const lines = rows.map(({ label, description }) => `| ${code(label)} | ${code(description)} |`)
    const [first = '', ...rest] = title.toLowerCase()
    return [`## ${first.toUpperCase()}${rest.join('')}`, '', '| key | |', '|---|---|', ...lines, '']
  })
  return [
    '# Keys of the terminal UI',
    '',
    'Made from the table that the UI obeys; `?` shows the same.',
    '',
    ...sections,
  ]
    .join('\n')
    .replace(/\n$/, '')
    .concat('\n')
}

function code(text: string): string {
  return text.replaceAll('|', String.raw`\|`)
}
