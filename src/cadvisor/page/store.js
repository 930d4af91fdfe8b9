import { ask } from './stream.js'

/** What small lines show. */
const windowMs = 5 * 60_000

/** The figures of a row by name; `names` in the order they are sent. */
const named = (names, values) => Object.fromEntries(names.map((name, index) => [name, values?.[index] ?? null]))

/** Percents do not add up: of several containers the worst counts. */
const worst = new Set(['throttled', 'cpuStall', 'memoryStall', 'ioStall'])

const most = (values) => {
  const known = values.filter((value) => value !== null && value !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}

const sum = (values) => {
  const known = values.filter((value) => value !== null && value !== undefined)
  return known.length === 0 ? null : known.reduce((all, value) => all + value, 0)
}

/** The node as it was last told of, and its last minutes. */
export class Store {
  /** Server's clock less ours, ms: ages are counted on the node's clock. */
  skew = 0
  at = 0
  node = undefined
  nodeFigures = {}
  /** By id. */
  pods = new Map()
  #names = { container: [], pod: [], node: [] }
  #rows = new Map()
  #times = []
  #lines = new Map()
  #listeners = new Set()

  /** `listener(what)`: `all`, `pods`, `sample` or `node`. */
  onChange(listener) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  now() {
    return Date.now() + this.skew
  }

  told(name, data) {
    switch (name) {
      case 'open':
        this.#open(data)
        break
      case 'pods':
        for (const pod of data.changed) this.pods.set(pod.id, { ...pod, isNew: !this.pods.has(pod.id) })
        for (const id of data.gone) this.#forget(id)
        break
      case 'sample':
        this.#sample(data)
        break
      case 'node':
        this.node = data
    }
    this.#tell(name === 'open' ? 'all' : name)
  }

  /** A container's figures. */
  container(id) {
    return named(this.#names.container, this.#rows.get(id))
  }

  /** A pod's: its containers together, and its network. */
  pod(pod) {
    const parts = pod.containers.map(({ id }) => this.#rows.get(id)).filter((row) => row)
    const figures = {}
    for (const [index, name] of this.#names.container.entries()) {
      const values = parts.map((row) => row[index])
      figures[name] = worst.has(name) ? most(values) : sum(values)
    }
    const network = pod.hostNetwork ? undefined : this.#rows.get(pod.id)
    return { ...figures, ...named(this.#names.pod, network) }
  }

  /** Times and values of rows together: `what` is `cpu` or `memory`. */
  line(ids, what) {
    const lines = ids.map((id) => this.#lines.get(id)).filter((line) => line)
    return { at: this.#times, values: this.#times.map((_, index) => sum(lines.map((line) => line[what][index]))) }
  }

  uid(uid) {
    for (const pod of this.pods.values()) if (pod.uid === uid) return pod
    return undefined
  }

  #tell(what) {
    for (const listener of this.#listeners) listener(what)
  }

  #open({ now, at, figures, node, nodeRow, pods, rows }) {
    this.skew = now - Date.now()
    this.at = at
    this.node = node
    this.#names = figures
    this.nodeFigures = named(figures.node, nodeRow)
    this.pods = new Map(pods.map((pod) => [pod.id, pod]))
    this.#rows = new Map(Object.entries(rows).map(([id, values]) => [Number(id), values]))
    this.#times = []
    this.#lines = new Map()
    ask('/live/sparklines').then(
      (past) => this.#past(past),
      () => {},
    )
  }

  /** What was before the page was opened goes before what has come since. */
  #past({ at, rows }) {
    const first = this.#times[0] ?? Number.POSITIVE_INFINITY
    const kept = at.flatMap((time, index) => (time < first && time > this.at - windowMs ? [index] : []))
    const blank = new Array(this.#times.length).fill(null)
    const before = kept.map(() => null)
    const pick = (values, own) => [...(values ? kept.map((index) => values[index]) : before), ...own]
    for (const id of new Set([...Object.keys(rows).map(Number), ...this.#lines.keys()])) {
      const line = this.#lines.get(id) ?? { cpu: blank, memory: blank }
      this.#lines.set(id, { cpu: pick(rows[id]?.[0], line.cpu), memory: pick(rows[id]?.[1], line.memory) })
    }
    this.#times = [...kept.map((index) => at[index]), ...this.#times]
    this.#tell('sample')
  }

  #sample({ at, node, rows }) {
    this.at = at
    this.nodeFigures = named(this.#names.node, node)
    for (const [key, values] of Object.entries(rows)) {
      const id = Number(key)
      if (values === null) this.#rows.delete(id)
      else this.#rows.set(id, values)
    }
    this.#times.push(at)
    const cpu = this.#names.container.indexOf('cpu')
    const memory = this.#names.container.indexOf('memory')
    for (const pod of this.pods.values()) {
      for (const { id } of pod.containers) {
        const row = this.#rows.get(id)
        let line = this.#lines.get(id)
        if (!line) {
          const blank = new Array(this.#times.length - 1).fill(null)
          line = { cpu: [...blank], memory: [...blank] }
          this.#lines.set(id, line)
        }
        line.cpu.push(row?.[cpu] ?? null)
        line.memory.push(row?.[memory] ?? null)
      }
    }
    let old = 0
    while (this.#times[old] < at - windowMs) old += 1
    if (old === 0) return
    this.#times.splice(0, old)
    for (const line of this.#lines.values()) {
      line.cpu.splice(0, old)
      line.memory.splice(0, old)
    }
  }

  #forget(id) {
    const pod = this.pods.get(id)
    for (const each of pod?.containers ?? []) {
      this.#rows.delete(each.id)
      this.#lines.delete(each.id)
    }
    this.#rows.delete(id)
    this.pods.delete(id)
  }
}
