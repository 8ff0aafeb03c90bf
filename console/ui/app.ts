// The UI: which pages there are, and what leads to them.
import { commandLine } from './command-line.ts'
import { Desk } from './desk.ts'
import type { MachineRow, OrderWord, UiOptions } from './fleet.ts'
import { SECTIONS } from './keys.ts'
import { Orders } from './orders.ts'
import { joined, type Page } from './page.ts'
import { historyPage, operatorsPage, tokensPage } from './pages/books.ts'
import { HelpPage } from './pages/help.ts'
import { MachinePage } from './pages/machine.ts'
import { MachinesPage } from './pages/machines.ts'
import { NoticesPage } from './pages/notices.ts'
import { Palette } from './pages/palette.ts'
import { PromptPage } from './pages/prompt.ts'
import { Sessions } from './sessions.ts'
import { THEME_NAMES } from './theme.ts'
import { type Word, wordsOf } from './words.ts'
import { Work } from './work.ts'

/**
 * Run the UI until it is left. Resolves with the exit status after the terminal has been restored: 0 by `q` or Ctrl-C,
 * 129, 130, 143 by SIGHUP (or a lost terminal), SIGINT, SIGTERM. @throws USAGE without a terminal
 */
export async function runUi(options: UiOptions): Promise<number> {
  const app = new App(options)
  try {
    return await app.ended
  } finally {
    await app.close()
  }
}

class App {
  readonly #options: UiOptions
  readonly #desk: Desk
  readonly #sessions: Sessions
  readonly #orders: Orders
  readonly #work: Work
  readonly #unsubscribe: () => void

  constructor(options: UiOptions) {
    const { fleet } = options
    const desk = new Desk(options, () => fleet.relay)
    this.#options = options
    this.#desk = desk
    this.#orders = new Orders(desk, (word, id) => options.order(word, id))
    this.#sessions = new Sessions({
      openPrompt: (machineId) => options.openPrompt(machineId),
      changed: () => desk.draw(),
      failed: (error) => desk.fail(error),
      quiet: desk.styles.of(desk.theme.quiet),
    })
    this.#work = new Work(desk, { options, mark: (ids) => machines.mark(ids) })
    const machines = new MachinesPage(desk, {
      fleet,
      actions: (targets) => this.#actions(targets),
      term: options.env?.['TERM'],
      open: (machine) => this.#openMachine(machine),
      prompt: (machine) => this.#openPrompt(machine),
      history: (some) => desk.push(historyPage(desk, options.books, some)),
    })
    this.#unsubscribe = fleet.onChange(() => {
      machines.changed()
      desk.draw()
    })
    desk.begin(machines, {
      help: () => new HelpPage(desk, SECTIONS),
      notices: (all) => new NoticesPage(desk, all),
      palette: (below) => new Palette(desk, this.#words(below)),
    })
  }

  get ended(): Promise<number> {
    return this.#desk.ended
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#desk.close(Promise.all([this.#sessions.close(), this.#work.close()]))
  }

  #openMachine(machine: MachineRow): void {
    const { fleet, env, books } = this.#options
    const page = new MachinePage(this.#desk, {
      fleet,
      machine,
      insides: this.#options.insides(machine.id),
      actions: (targets) => this.#actions(targets),
      term: env?.['TERM'],
      prompt: (one) => this.#openPrompt(one),
      history: (some) => this.#desk.push(historyPage(this.#desk, books, some)),
    })
    this.#desk.push(page)
  }

  #openPrompt(machine: MachineRow): void {
    this.#desk.push(new PromptPage(this.#desk, this.#options.fleet, this.#sessions.of(machine)))
  }

  /** The keys that are the same on every page with machines. */
  #actions(targets: () => readonly MachineRow[]): Pick<Page, 'keys' | 'obey'> {
    return joined(this.#work.keysFor(targets), this.#orders.keysFor(targets))
  }

  /** All words of the palette while `below` is seen; those of its own keys come last. */
  #words(below: Page): Word[] {
    const own = wordsOf(below, (entry) =>
      this.#desk.obey(below, entry, { key: entry.key[0] ?? '', row: -1, column: -1 }),
    )
    const shared = [...this.#places(below), ...this.#deeds(below), ...this.#frame()]
    const isOther = ({ name }: Word): boolean => shared.every((word) => word.name !== name)
    return [...shared, ...own.filter(isOther)]
  }

  /** The pages. */
  #places(below: Page): Word[] {
    const desk = this.#desk
    const { books } = this.#options
    return [
      { name: 'machines', description: 'the list of machines', run: () => desk.home() },
      {
        name: 'machine',
        argument: this.#machine,
        description: 'what a machine does',
        run: (name) => this.#with(below, name, ([machine]) => machine && this.#openMachine(machine)),
      },
      {
        name: 'prompt',
        argument: this.#machine,
        description: 'the prompt of a machine',
        run: (name) => this.#with(below, name, ([machine]) => machine && this.#openPrompt(machine)),
      },
      {
        name: 'shell',
        argument: this.#machine,
        description: 'a shell on it',
        run: (name) => this.#with(below, name, (machines) => this.#work.shell(machines)),
      },
      {
        name: 'run',
        argument: this.#machine,
        description: 'run a line there',
        run: (name) => this.#with(below, name, (machines) => this.#work.run(machines)),
      },
      { name: 'runs', description: 'the runs, also those of before', run: () => this.#work.runs() },
      {
        name: 'history',
        argument: this.#machine,
        description: 'what was done, and by whom; without a machine: to all',
        run: (name) => {
          const named = this.#options.fleet.machines.filter((machine) => machine.name === name)
          desk.push(historyPage(desk, books, named))
        },
      },
      { name: 'tokens', description: 'tokens to join with', run: () => desk.push(tokensPage(desk, books)) },
      { name: 'operators', description: 'who may do what', run: () => desk.push(operatorsPage(desk, books)) },
    ]
  }

  /** What is done to machines: those that are named, else those that the page means. */
  #deeds(below: Page): Word[] {
    const order = (name: OrderWord, description: string): Word => ({
      name,
      argument: this.#machine,
      description,
      run: (word) => this.#with(below, word, (machines) => this.#orders.ask(name, machines)),
    })
    return [
      order('kill', 'end the agent and all it runs'),
      order('reset', 'end all sessions; the agent comes back'),
      order('disconnect', 'end my sessions with it'),
      order('freeze', 'refuse everything until an admin unfreezes it'),
      order('unfreeze', 'let it work again'),
      {
        name: 'cp',
        argument: this.#machine,
        description: 'how to copy files there and back',
        run: (word) => this.#with(below, word, (machines) => this.#sayCopy(machines)),
      },
      {
        name: 'set',
        argument: { hint: 'NAME', isNeeded: true },
        description: 'name these machines: @NAME means them',
        run: (name) => this.#with(below, '', (machines) => this.#saveSet(name, machines)),
      },
    ]
  }

  /** What is the same on every page. */
  #frame(): Word[] {
    const desk = this.#desk
    return [
      {
        name: 'theme',
        argument: { hint: 'NAME', isNeeded: true, choices: () => THEME_NAMES },
        description: THEME_NAMES.join(', '),
        run: (name) => desk.setTheme(name),
      },
      { name: 'notices', description: 'what was said so far (!)', run: () => desk.open('notices') },
      { name: 'command', description: 'copy the command of this page (Y)', run: () => desk.copyCommand() },
      { name: 'redraw', description: 'draw anew (Ctrl-L)', run: () => desk.screen.redraw() },
      { name: 'suspend', description: 'stop; fg comes back (Ctrl-Z)', run: () => desk.screen.suspend() },
      { name: 'help', description: 'every key (?)', run: () => desk.open('help') },
      { name: 'back', description: 'back to the page before', run: () => desk.back() },
      { name: 'quit', description: 'leave rconsole', run: () => desk.quit() },
    ]
  }

  get #machine(): NonNullable<Word['argument']> {
    return {
      hint: '[MACHINE]',
      choices: () => this.#options.fleet.machines.map(({ name }) => name).toSorted(),
    }
  }

  #with(below: Page, name: string, deed: (machines: readonly MachineRow[]) => void): void {
    const { machines } = this.#options.fleet
    const meant =
      name === '' ? (below.targets?.() ?? []) : machines.filter((machine) => machine.name === name)
    if (meant.length > 0) deed(meant)
    else this.#desk.say(name === '' ? 'Which machine?' : `No machine is called ${name}.`)
  }

  #sayCopy(machines: readonly MachineRow[]): void {
    const [first] = machines
    if (first === undefined) return
    const command = commandLine('cp', 'FILE', `${first.name}:`)
    this.#desk.copy(command, `${command} (and back: ${commandLine('cp', `${first.name}:FILE`, '.')})`)
  }

  #saveSet(name: string, machines: readonly MachineRow[]): void {
    try {
      this.#options.saveSet(
        name,
        machines.map((machine) => machine.name),
      )
      this.#desk.say(`@${name} now means ${machines.map((machine) => machine.name).join(', ')}.`)
    } catch (error) {
      this.#desk.fail(error)
    }
  }
}
