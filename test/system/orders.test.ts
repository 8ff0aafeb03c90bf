// Orders that several operators give at the same moment: each takes effect once, and the machine comes back as one.
import t from 'tap'
import { until } from '../until.ts'
import { world } from '../world.ts'

t.test('orders given at the same moment', async (t) => {
  const w = await world(t, 'web-1')
  const isBack = async (): Promise<boolean> => (await w.machine('web-1'))['state'] === 'online'

  for (const orders of [
    [['reset'], ['reset'], ['reset']],
    [['disconnect', '--for', '500ms'], ['disconnect', '--for', '700ms'], ['reset']],
  ] as const) {
    await t.test(orders.map(([word]) => word).join(', '), async (t) => {
      // Which of them the machine still hears is a matter of milliseconds; that it comes back is not.
      const consoles = orders.map(([word, ...flags]) => w.start('console', [word, 'web-1', ...flags]))
      await until(isBack, 'one machine, online', 15_000)
      for (const running of consoles) await running.stop()
      await until(isBack, 'it stays so')
      t.equal(await w.ok(['run', 'web-1', '--', 'echo', 'here']), 'here\n')
    })
  }
})
