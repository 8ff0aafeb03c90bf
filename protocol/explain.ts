// What a schema did not like, in words.

/** The first thing that a schema did not like, in words. */
export function explain(
  issues: readonly {
    readonly message: string
    readonly path?: readonly { readonly key: unknown }[] | undefined
  }[],
): string {
  const [issue] = issues
  if (issue === undefined) return 'not as expected'
  const path = issue.path?.map((item) => String(item.key)).join('.')
  return path === undefined ? issue.message : `${path}: ${issue.message}`
}
