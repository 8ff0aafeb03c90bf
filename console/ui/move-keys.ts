// The keys that move in a list, the same on every page that has one.
import { keyTable } from './page.ts'

export const MOVE_KEYS = keyTable([
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
])
