/** The last minutes of some figures: times in ms, and a list per name; null is not known. */
export class Past {
  at = []
  figures = {}
  #windowMs

  constructor(windowMs) {
    this.#windowMs = windowMs
  }

  /** What the node kept from before; what has come since follows it. */
  before({ at, figures }) {
    const first = this.at[0] ?? Number.POSITIVE_INFINITY
    const end = at.findIndex((time) => time >= first)
    const cut = (list) => (end < 0 ? list : list.slice(0, end))
    const blank = this.at.map(() => null)
    this.figures = Object.fromEntries(Object.entries(figures).map(([name, list]) => [name, [...cut(list), ...(this.figures[name] ?? blank)]]))
    this.at = [...cut(at), ...this.at]
  }

  /** Answers whether it was news. */
  push(at, figures) {
    if (at <= (this.at.at(-1) ?? 0)) return false
    for (const [name, value] of Object.entries(figures)) {
      const list = this.figures[name] ?? this.at.map(() => null)
      list.push(value)
      this.figures[name] = list
    }
    this.at.push(at)
    const old = this.at.findIndex((time) => time >= at - this.#windowMs)
    if (old > 0) for (const list of [this.at, ...Object.values(this.figures)]) list.splice(0, old)
    return true
  }

  list(name) {
    return this.figures[name] ?? this.at.map(() => null)
  }
}
