// The keys that mean the same on every page; a page's own table comes before these.
import { keyTable } from './page.ts'

export const EVERYWHERE = keyTable([
  { key: [':'], label: ':', description: 'every command, by name', command: 'palette', footer: 'command' },
  { key: ['!'], label: '!', description: 'what was said so far', command: 'notices' },
  { key: ['Y'], label: 'Y', description: 'copy this page’s command', command: 'copyCommand' },
  { key: ['T'], label: 'T', description: 'the next theme', command: 'theme' },
  { key: ['C-l'], label: 'Ctrl-L', description: 'draw anew', command: 'redraw' },
  { key: ['C-z'], label: 'Ctrl-Z', description: 'stop; fg comes back', command: 'suspend' },
  { key: ['?'], label: '?', description: 'this help', command: 'help', footer: 'help' },
])

/** On the first page. */
export const FIRST = keyTable([
  { key: ['q'], label: 'q', description: 'quit', command: 'quit', footer: 'quit' },
  { key: ['C-c'], label: 'Ctrl-C', description: 'quit', command: 'quit' },
])

/** On the others. */
export const INNER = keyTable([
  {
    key: ['escape', 'q', 'C-c'],
    label: 'Esc q',
    description: 'back to the page before',
    command: 'back',
    footer: 'back',
  },
])

/** Where a line is typed. */
export const EDITING = keyTable([
  {
    key: ['left', 'right', 'home', 'end', 'C-a', 'C-e'],
    label: '← → ^A ^E',
    description: 'move in the line',
    command: 'edit',
  },
  {
    key: ['backspace', 'delete', 'C-w', 'C-u', 'C-k'],
    label: '^W ^U ^K',
    description: 'delete in the line',
    command: 'edit',
  },
])
