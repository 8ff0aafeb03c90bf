// A schema for objects with free keys that takes or refuses each of them: valibot's own record drops some in silence.
import * as v from 'valibot'

/**
 * An object whose every key and value passes. v.record (1.5.0) leaves out `prototype` and `constructor`: a scope of
 * `prototype=yes` was then no scope at all.
 */
export function recordOf<Value>(
  key: v.GenericSchema<unknown, string>,
  value: v.GenericSchema<unknown, Value>,
  expected: string,
): v.GenericSchema<unknown, Record<string, Value>> {
  const isRecord = (input: unknown): boolean =>
    typeof input === 'object' &&
    input !== null &&
    !Array.isArray(input) &&
    Object.entries(input).every(([name, item]) => v.is(key, name) && v.is(value, item))
  return v.custom<Record<string, Value>>(isRecord, expected)
}
