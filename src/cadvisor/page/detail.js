import { chartPanel } from './chart.js'
import { el, say } from './dom.js'
import { age, bytes, count, cpu, exit, rate } from './format.js'
import { Past } from './past.js'
import { Storage } from './storage.js'
import { ask } from './stream.js'

const windowMs = 15 * 60_000
const share = (value) => (value === null || value === undefined ? '–' : `${Math.round(value)} %`)

/** One pod, or one of its containers: what it is, and its last minutes. */
export class Detail {
  root = el('div')
  #store
  #uid
  #container
  #facts = el('dl', { class: 'panel facts-grid' })
  #list = el('div')
  #storage
  #charts = []
  #past = new Past(windowMs)
  #title = el('h2', { tabindex: '-1' })
  #unknown = false

  constructor(store, uid, container) {
    this.#store = store
    this.#uid = uid
    this.#container = container
    this.#unknown = this.#things().length === 0
    if (this.#unknown) {
      this.root.append(this.#crumbs(), el('p', { class: 'panel empty' }, 'This node knows of no such pod or container (any more).'))
      return
    }
    this.root.append(this.#crumbs(), this.#facts, this.#list)
    this.#storage = container === undefined ? new Storage(uid) : undefined
    if (this.#storage) this.root.append(this.#storage.root)
    const grid = el('div', { class: 'charts' })
    const chart = (title, names, options) => {
      const made = chartPanel(title, options)
      this.#charts.push({ names, ...made, limits: options.limits, optional: options.optional })
      grid.append(made.root)
    }
    const limit = (name) => this.#things().reduce((all, each) => (each[name] && all !== undefined ? all + each[name] : undefined), 0)
    const limited = (name, colour) => (limit(name) ? [{ label: 'limit', colour, dashed: true }] : [])
    chart('CPU', ['cpu'], { series: [{ label: 'used', colour: 'cpu' }, ...limited('cpuLimit', 'bad')], format: cpu, least: () => 5, limits: limit('cpuLimit') })
    chart('Memory', ['memory', 'rss', 'cache'], {
      series: [
        { label: 'working set', colour: 'memory' },
        { label: 'rss', colour: 'cpu', area: false },
        { label: 'cache', colour: 'processes', area: false },
        ...limited('memoryLimit', 'bad'),
      ],
      format: bytes,
      steps: 'binary',
      least: () => 1024 * 1024,
      limits: limit('memoryLimit'),
    })
    chart('Stalled, some task waited', ['cpuStall', 'memoryStall', 'ioStall'], {
      series: [
        { label: 'CPU', colour: 'cpu' },
        { label: 'memory', colour: 'memory', area: false },
        { label: 'I/O', colour: 'disk', area: false },
      ],
      format: share,
      steps: 'whole',
      least: () => 10,
      // Kernels without pressure stall information.
      optional: true,
    })
    chart('Throttled CPU periods', ['throttled'], { series: [{ label: 'throttled', colour: 'waiting' }], format: share, steps: 'whole', least: () => 10 })
    if (container === undefined)
      chart('Network', ['received', 'sent'], {
        series: [
          { label: 'received', colour: 'received' },
          { label: 'sent', colour: 'sent' },
        ],
        format: rate,
        steps: 'binary',
        least: () => 1024,
      })
    chart('Disk I/O', ['read', 'write'], {
      series: [
        { label: 'read', colour: 'received' },
        { label: 'written', colour: 'sent' },
      ],
      format: rate,
      steps: 'binary',
      least: () => 1024,
    })
    chart('Writable layer', ['disk'], { series: [{ label: 'used', colour: 'disk' }], format: bytes, steps: 'binary', least: () => 4096 })
    chart('Processes and threads', ['processes', 'threads'], {
      series: [
        { label: 'processes', colour: 'processes' },
        { label: 'threads', colour: 'cpu', area: false },
      ],
      format: (value) => (value == null ? '–' : String(Math.round(value * 10) / 10)),
      least: () => 4,
      steps: 'whole',
    })
    this.root.append(grid)
    void this.#load()
  }

  focus() {
    this.#title.focus({ preventScroll: true })
  }

  close() {
    this.#storage?.close()
    for (const { chart } of this.#charts) chart.close()
  }

  update(what) {
    if (this.#unknown) return
    const pod = this.#store.uid(this.#uid)
    if (!pod) return say(this.#title, `${this.#title.textContent.replace(/ \(gone\)$/, '')} (gone)`)
    this.#describe(pod)
    if (what === 'sample') this.#sampled(pod)
  }

  /** The containers that are shown: one, or the pod's. */
  #things() {
    const pod = this.#store.uid(this.#uid)
    return (pod?.containers ?? []).filter(({ name, kind }) =>
      this.#container === undefined ? kind === 'container' || kind === 'sidecar' : name === this.#container,
    )
  }

  async #load() {
    const row = this.#container === undefined ? this.#uid : `${this.#uid}/${encodeURIComponent(this.#container)}`
    this.#past.before(await ask(`/live/history?row=${row}`).catch(() => ({ at: [], figures: {} })))
    this.update()
    this.#draw()
  }

  #sampled(pod) {
    const container = pod.containers.find(({ name }) => name === this.#container)
    const figures = container ? this.#store.container(container.id) : this.#store.pod(pod)
    if (this.#past.push(this.#store.at, figures)) this.#draw()
  }

  #draw() {
    const { at } = this.#past
    if (at.length === 0) return
    for (const { names, root, chart, limits, optional } of this.#charts) {
      const lines = names.map((name) => this.#past.list(name))
      if (optional) root.hidden = lines.every((line) => line.every((value) => value === null))
      chart.draw(at, limits ? [...lines, at.map(() => limits)] : lines)
    }
  }

  #crumbs() {
    const pod = this.#store.uid(this.#uid)
    say(this.#title, this.#container ?? pod?.name ?? this.#uid)
    return el(
      'nav',
      { class: 'crumbs', 'aria-label': 'Where this is' },
      el('a', { href: '#/' }, '← Pods'),
      ...(pod ? [el('span', { class: 'faint' }, '/'), el('span', { class: 'soft' }, pod.namespace)] : []),
      ...(this.#container === undefined ? [] : [el('span', { class: 'faint' }, '/'), el('a', { href: `#/pod/${this.#uid}` }, pod?.name ?? '')]),
      this.#title,
    )
  }

  #describe(pod) {
    const container = pod.containers.find(({ name }) => name === this.#container)
    const now = this.#store.now()
    const range = (request, limit, show) => `${request === undefined ? 'none' : show(request)} – ${limit === undefined ? 'none' : show(limit)}`
    const limits = (thing) => range(thing.cpuRequest, thing.cpuLimit, cpu)
    const memory = (thing) => range(thing.memoryRequest, thing.memoryLimit, bytes)
    const ended = (each) => (each ? `${exit(each)}${each.finishedAt ? `, ${age(now - each.finishedAt)} ago` : ''}` : 'none')
    const facts = container
      ? [
          ['State', container.state === 'running' ? 'running' : (container.reason ?? container.state)],
          ['Ready', container.ready ? 'yes' : 'no'],
          ['Started', container.startedAt ? `${age(now - container.startedAt)} ago` : '–'],
          ['Restarts', count(container.restarts)],
          ['Last exit', ended(container.state === 'terminated' ? container : container.last)],
          ['CPU request – limit', limits(container)],
          ['Memory request – limit', memory(container)],
          ['Image', container.image, 'wide'],
          ['Id', container.engineId.slice(0, 12) || '–'],
          ...(container.message ? [['Message', container.message, 'whole']] : []),
        ]
      : [
          ['Status', pod.status],
          ['Ready', `${pod.ready} of ${pod.total}`],
          ['Age', age(now - pod.createdAt)],
          ['Restarts', count(pod.restarts)],
          ['Address', pod.ip || '–'],
          ['Class', pod.qos],
          ['Uid', pod.uid, 'wide'],
          ...(pod.message ? [['Message', pod.message, 'whole']] : []),
          ...pod.containers
            .filter(({ message, state }) => message && state !== 'running')
            .map(({ name, message }) => [`Why ${name} does not run`, message, 'whole']),
        ]
    const text = JSON.stringify(facts)
    if (this.#facts.said !== text) {
      this.#facts.said = text
      this.#facts.replaceChildren(...facts.map(([name, value, wide]) => el('div', { class: wide }, el('dt', {}, name), el('dd', {}, value))))
    }
    if (!container) this.#containers(pod, ended)
  }

  #containers(pod, ended) {
    const rows = pod.containers.map((each) => [
      each.name,
      each.state === 'running' ? 'running' : (each.reason ?? each.state),
      String(each.restarts),
      ended(each.state === 'terminated' ? each : each.last),
      each.image,
    ])
    const text = JSON.stringify(rows)
    if (this.#list.said === text) return
    this.#list.said = text
    const head = ['Container', 'State', 'Restarts', 'Last exit', 'Image']
    const hide = (index) => (index > 2 ? 'hide-narrow' : undefined)
    this.#list.className = 'panel list below'
    this.#list.replaceChildren(
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...head.map((name, index) => el('th', { scope: 'col', class: hide(index) }, name)))),
        el(
          'tbody',
          {},
          ...rows.map((row) =>
            el(
              'tr',
              {},
              ...row.map((value, index) =>
                el('td', { class: hide(index), title: value }, index === 0 ? el('a', { href: `#/pod/${pod.uid}/${encodeURIComponent(value)}` }, value) : value),
              ),
            ),
          ),
        ),
      ),
    )
  }
}
