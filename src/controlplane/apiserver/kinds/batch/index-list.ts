/** Indexes of a Job as text: `1,3-5,7`. Why it cannot be read, in upstream's words, or how many there are. */
export type IndexList = { readonly count: number; readonly ranges: readonly (readonly [first: number, last: number])[] } | { readonly fault: string }

/** Reads a list of indexes that are below `completions`, in order. */
export function parseIndexes(text: string, completions: number): IndexList {
  if (text === '') return { count: 0, ranges: [] }
  const ranges: (readonly [number, number])[] = []
  let count = 0
  for (const part of text.split(',')) {
    const ends = part.split('-')
    if (ends.length > 2)
      return { fault: `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'` }
    const numbers: number[] = []
    for (const end of ends) {
      if (!/^[+-]?\d+$/.test(end)) return { fault: `cannot convert string to integer for index: ${JSON.stringify(end)}` }
      if (Number(end) >= completions) return { fault: `too large index: ${JSON.stringify(end)}` }
      numbers.push(Number(end))
    }
    const [first = 0, last = first] = numbers
    if (ends.length === 2 && first >= last) return { fault: `non-increasing order, previous: ${first}, current: ${last}` }
    const before = ranges.at(-1)?.[1]
    if (before !== undefined && before >= first) return { fault: `non-increasing order, previous: ${before}, current: ${first}` }
    ranges.push([first, last])
    count += last - first + 1
  }
  return { count, ranges }
}

/** The first index that two lists share. */
export function sharedIndex(left: IndexList, right: IndexList): number | undefined {
  if ('fault' in left || 'fault' in right) return undefined
  let at = 0
  for (const [first, last] of left.ranges) {
    while (at < right.ranges.length && (right.ranges[at]?.[1] ?? 0) < first) at += 1
    const other = right.ranges[at]
    if (other && other[0] <= last) return Math.max(first, other[0])
  }
  return undefined
}
