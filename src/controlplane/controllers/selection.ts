import { type ControllerEntry, controllers } from './registry.ts'

/** Which controllers run, and which of those that were asked for by name are known to Kubernetes and not there here. */
export interface Selection {
  readonly running: readonly ControllerEntry[]
  readonly absent: readonly string[]
}

/**
 * kube-controller-manager's `--controllers`: `*` is all that are on by default, `foo` turns foo on, `-foo` off, and what is said first of one counts.
 * A controller's name of before 1.27 is understood too. `-` and `-*` say nothing, so that alone they mean none.
 * Throws a RangeError that names what is no controller.
 */
export function selectControllers(asked: readonly string[], known: readonly ControllerEntry[] = controllers): Selection {
  const wishes = asked.map((text) => wishOf(text.trim(), known))
  const all = wishes.some(({ name, on }) => on && name === '*')
  const chosen = known.filter(({ name, isOffByDefault }) => wishes.find((wish) => wish.name === name)?.on ?? (all && !isOffByDefault))
  const named = new Set(wishes.map(({ name }) => name))
  return { running: chosen.filter(({ start }) => start), absent: chosen.filter(({ name, start }) => !start && named.has(name)).map(({ name }) => name) }
}

function wishOf(text: string, known: readonly ControllerEntry[]): { readonly name: string; readonly on: boolean } {
  const on = !text.startsWith('-')
  const name = on ? text : text.slice(1)
  if (name === '*' || (!on && name === '')) return { name, on }
  const entry = known.find((each) => each.name === name) ?? known.find(({ alias }) => alias === name)
  if (entry) return { name: entry.name, on }
  const names = known.map((each) => each.name).toSorted()
  throw new RangeError(`${JSON.stringify(name)} is not in the list of known controllers: ${names.join(', ')}`)
}
