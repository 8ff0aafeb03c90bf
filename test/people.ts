// People of a fleet on real processes: each with a folder of their own, made by `rconsole login`.
import { join } from 'node:path'
import type { Answer, Running, World } from './world.ts'

export class Person {
  readonly name: string
  readonly home: string
  readonly #world: World

  constructor(world: World, name: string, home = join(world.folder, name)) {
    this.#world = world
    this.name = name
    this.home = home
  }

  async rconsole(...args: readonly string[]): Promise<Answer> {
    return await this.#world.rconsole(['--home', this.home, ...args])
  }

  async ok(...args: readonly string[]): Promise<string> {
    return await this.#world.ok(['--home', this.home, ...args])
  }

  start(...args: readonly string[]): Running {
    return this.#world.start('console', ['--home', this.home, ...args])
  }

  /** The version of the document in their folder. */
  async version(): Promise<number> {
    return JSON.parse(await this.ok('fleet', 'show', '--json')).v
  }
}

/** Make a key; its public half. */
export async function login(world: World, person: Person): Promise<string> {
  const at = `${world.url}#${world.fleet}`
  const flags = ['--relay', at, '--name', person.name, '--no-passphrase', '--json']
  return JSON.parse(await person.ok('login', ...flags)).key
}

/** A new operator, added by the fleet's owner. */
export async function added(world: World, name: string, ...flags: readonly string[]): Promise<Person> {
  const person = new Person(world, name)
  await world.ok(['operator', 'add', name, await login(world, person), ...flags])
  return person
}
