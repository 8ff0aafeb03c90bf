// A pattern for names and label values: * and ?, and ranges of numbers as folded output writes them: web-[01-24,30].

const TOKEN = /\[\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*\]|\*|\?/g

/** The test that `pattern` means. */
export function pattern(text: string): (value: string) => boolean {
  const ranges: Range[][] = []
  let at = 0
  let source = ''
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    source += escaped(text.slice(at, index))
    at = index + token.length
    if (token === '*') source += '.*'
    else if (token === '?') source += '.'
    else {
      source += String.raw`(\d+)`
      ranges.push(token.slice(1, -1).split(',').map(rangeOf))
    }
  }
  const whole = new RegExp(`^${source}${escaped(text.slice(at))}$`, 'u')
  return (value) => {
    const numbers = whole.exec(value)
    return numbers !== null && ranges.every((range, index) => isIn(numbers[index + 1] ?? '', range))
  }
}

/** The parts between separators that stand outside brackets: 'web-[1,3],env=prod' has two. */
export function parts(word: string): string[] {
  return word.split(/,(?![\d,-]*\])/)
}

interface Range {
  readonly low: bigint
  readonly high: bigint
  /** Numbers are written with so many digits, zeros in front; 0: without. */
  readonly width: number
}

function rangeOf(text: string): Range {
  const [low = '', high = low] = text.split('-')
  return { low: BigInt(low), high: BigInt(high), width: isPadded(low) ? low.length : 0 }
}

function isIn(digits: string, ranges: readonly Range[]): boolean {
  const value = BigInt(digits)
  return ranges.some(({ low, high, width }) => {
    const isWritten = width === 0 ? !isPadded(digits) : digits.length === width
    return isWritten && value >= low && value <= high
  })
}

/** Whether a number is written with zeros in front. */
export function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith('0')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|+*?()[\]{}]/g, String.raw`\$&`)
}
