// The keys of a machine's page, and of its filter.
import { MOVE_KEYS } from '../move-keys.ts'
import { keyTable } from '../page.ts'

export const MACHINE_KEYS = keyTable([
  { key: ['1', '2', '3', '4', '5', '6'], label: '1 … 6', description: 'that tab', command: 'tab' },
  { key: [']', 'tab'], label: '] Tab', description: 'the next tab', command: 'nextTab', footer: 'next' },
  { key: ['[', 'S-tab'], label: '[', description: 'the tab before', command: 'lastTab' },
  { key: ['p', 'enter'], label: 'p Enter', description: 'its prompt', command: 'prompt' },
  {
    key: ['x'],
    label: 'x',
    description: 'TERM to the process',
    command: 'termProcess',
    footer: 'signal',
    changes: true,
  },
  { key: ['X'], label: 'X', description: 'KILL to the process', command: 'killProcess', changes: true },
  { key: ['/'], label: '/', description: 'filter: words, !word', command: 'filter', footer: 'filter' },
  {
    key: ['escape'],
    label: 'Esc',
    description: 'clear the filter, or back',
    command: 'clear',
    footer: 'back',
  },
  { key: ['o'], label: 'o', description: 'sort by the next column', command: 'sort' },
  { key: ['O'], label: 'O', description: 'the other way round', command: 'reverse' },
  { key: ['u'], label: 'u', description: 'ask it again', command: 'again' },
  { key: ['+', '-'], label: '+ -', description: 'charts: 1, 5, 15 minutes', command: 'window' },
  { key: ['z'], label: 'z', description: 'pause, or go on', command: 'pause' },
  { key: ['y'], label: 'y', description: 'copy the row', command: 'copy' },
  { key: ['H'], label: 'H', description: 'its history', command: 'history' },
  ...MOVE_KEYS,
  { key: ['click'], label: 'click', description: 'tab, order, row', command: 'select', visible: false },
])

export const MACHINE_FILTER_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'keep it', command: 'keep', footer: 'keep' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'clear it', command: 'clear', footer: 'clear' },
])
