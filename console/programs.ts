// Where the three programs are: this file, and the bundle that it becomes part of, lie one folder below them all.

/** The path of one of them, built or bundled. */
export function program(folder: 'relay' | 'agent' | 'console'): string {
  return new URL(`../${folder}/main.js`, import.meta.url).pathname
}
