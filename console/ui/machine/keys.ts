// The keys of a machine's page, and of its filter.
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
  { key: ['k', 'up'], label: 'k ↑', description: 'up', command: 'up', visible: false },
  { key: ['j', 'down'], label: 'j ↓', description: 'down', command: 'down', visible: false },
  { key: ['g', 'home'], label: 'g Home', description: 'first', command: 'top', visible: false },
  { key: ['G', 'end'], label: 'G End', description: 'last', command: 'bottom', visible: false },
  { key: ['pageup', 'C-u'], label: 'PgUp', description: 'a page up', command: 'pageUp', visible: false },
  {
    key: ['pagedown', 'C-d'],
    label: 'PgDn',
    description: 'a page down',
    command: 'pageDown',
    visible: false,
  },
  { key: ['wheelup'], label: 'wheel', description: 'move', command: 'scrollUp', visible: false },
  { key: ['wheeldown'], label: 'wheel', description: 'move', command: 'scrollDown', visible: false },
  { key: ['click'], label: 'click', description: 'tab, order, row', command: 'select', visible: false },
])

export const MACHINE_FILTER_KEYS = keyTable([
  { key: ['enter'], label: 'Enter', description: 'keep it', command: 'keep', footer: 'keep' },
  { key: ['escape', 'C-c'], label: 'Esc', description: 'clear it', command: 'clear', footer: 'clear' },
])
