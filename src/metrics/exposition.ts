export type Labels = Readonly<Record<string, string>>

/**
 * Writes the Prometheus text format. For figures that carry the time they were read at and come from outside of this process, which prom-client's registry does not do;
 * the agent's own figures are in such a registry.
 */
export class Exposition {
  readonly #families = new Map<string, { readonly head: string; readonly samples: string[] }>()

  /** A family; answers how to add a sample to it. One without samples is not written. `at` is in milliseconds. */
  family(name: string, type: 'counter' | 'gauge', help: string): (labels: Labels, value: number | undefined, at?: number) => void {
    const known = this.#families.get(name) ?? { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, samples: [] }
    this.#families.set(name, known)
    return (labels, value, at) => {
      if (value === undefined) return
      known.samples.push(`${name}${labelsOf(labels)} ${value}${at === undefined ? '' : ` ${Math.round(at)}`}\n`)
    }
  }

  toString(): string {
    let text = ''
    for (const { head, samples } of this.#families.values()) if (samples.length > 0) text += head + samples.join('')
    return text
  }
}

function labelsOf(labels: Labels): string {
  let text = ''
  for (const [name, value] of Object.entries(labels)) text += `${text === '' ? '{' : ','}${name}="${escaped(value)}"`
  return text === '' ? '' : `${text}}`
}

const special = /[\\"\n]/
const escaped = (value: string): string => (special.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value)
