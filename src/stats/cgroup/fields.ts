/** The number after `name` in lines of `name value` (memory.stat, cpu.stat). Scans without splitting: such files have many lines of which few are wanted. */
export function field(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  let at = text.startsWith(`${name} `) ? 0 : text.indexOf(`\n${name} `)
  if (at < 0) return undefined
  at += at === 0 && text.startsWith(`${name} `) ? name.length + 1 : name.length + 2
  return integer(text, at)
}

/** A file that is one number; `max` and what is no number are undefined. */
export function single(text: string | undefined): number | undefined {
  return text === undefined ? undefined : integer(text, 0)
}

/** `value * factor`, undefined staying undefined. */
export const scaled = (value: number | undefined, factor: number): number | undefined => (value === undefined ? undefined : value * factor)

/** How many lines a file has, such as cgroup.procs. */
export function lines(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

function integer(text: string, start: number): number | undefined {
  let value = 0
  let at = start
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return at === start ? undefined : value
}
