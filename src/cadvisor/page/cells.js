import { classed, el, mark, say } from './dom.js'
import { age, bytes, count, cpu, exit, percent, shortBytes } from './format.js'
import { columns, lastExit } from './rows.js'
import { spark } from './spark.js'

/** One row's elements; made once and used again for other rows while the table scrolls. */
export class RowView {
  root = el('div', { class: 'row', role: 'row' })
  #twist = el('button', { class: 'twist', tabindex: '-1', type: 'button', 'aria-hidden': 'true' })
  #name = el('b')
  #place = el('i')
  #word = el('span', { class: 'word' })
  #ready = el('span', { class: 'faint' })
  #cpu = spark()
  #memory = spark()
  #cells
  #cpuText = el('span', { class: 'amount' })
  #memoryText = el('span')
  #limit = el('span', { class: 'limit' }, el('span'))
  #key = ''

  constructor() {
    const cell = (key, kind, ...children) => el('div', { class: `cell c-${key} ${kind}`.trim(), role: 'gridcell' }, ...children)
    this.#cells = {
      name: cell('name', 'name', this.#twist, el('span', { class: 'label' }, this.#name, this.#place)),
      status: cell('status', 'status', el('span', { class: 'dot' }), this.#word, this.#ready),
      cpu: cell('cpu', 'trend cpu', this.#cpu.root, this.#cpuText),
      memory: cell('memory', 'trend memory', this.#memory.root, el('span', { class: 'amount' }, this.#memoryText, this.#limit)),
      ...Object.fromEntries(columns.slice(4).map(({ key, number }) => [key, cell(key, number ? 'number' : '')])),
    }
    this.root.append(...columns.map(({ key }) => this.#cells[key]))
    mark(this.#cells.disk, 'title', 'read, written')
    mark(this.#cells.network, 'title', 'received, sent')
    mark(this.#cells.processes, 'title', 'processes / threads')
    this.root.view = this
  }

  draw(row, index, { store, open, picked }) {
    const { root } = this
    const isNew = row.kind === 'pod' && row.pod.isNew
    classed(root, `row${row.kind === 'node' ? ' root' : ''}${picked ? ' picked' : ''}${isNew ? ' new' : ''}`)
    mark(root, 'id', `row-${row.key.replace('/', '-')}`)
    mark(root, 'aria-rowindex', index + 2)
    mark(root, 'aria-level', { node: 1, pod: 2, container: 3 }[row.kind])
    mark(root, 'aria-selected', picked ? 'true' : 'false')
    mark(root, 'aria-expanded', row.kind === 'container' ? null : row.kind === 'node' || open ? 'true' : 'false')
    this.row = row
    if (this.#key !== row.key) this.#key = row.key
    if (row.kind === 'node') this.#node(store)
    else if (row.kind === 'pod') this.#pod(row, store, open)
    else this.#container(row, store)
  }

  #node(store) {
    const { node, nodeFigures: figures } = store
    this.#named('', node?.name ?? '', `  ${store.pods.size} pods`)
    this.#state('', '', '')
    const ids = [...store.pods.values()].flatMap(({ containers }) => containers.map(({ id }) => id))
    this.#trends(store, ids, { cpu: figures.cpu, memory: figures.memory }, node?.memoryBytes)
    const all = [...store.pods.values()]
    this.#rest({
      throttled: ['', ''],
      disk: ['', ''],
      network: [`↓ ${shortBytes(figures.received)} ↑ ${shortBytes(figures.sent)}`, ''],
      processes: [count(figures.processes), ''],
      restarts: [count(all.reduce((sum, { restarts }) => sum + restarts, 0)), ''],
      last: ['', ''],
      age: [node ? age(store.now() - node.bootedAt) : '', ''],
    })
  }

  #pod({ pod, figures }, store, open) {
    this.#named(open ? '▾' : '▸', pod.name, `  ${pod.namespace}`)
    this.#state(pod.health, pod.status, pod.total > 1 ? `${pod.ready}/${pod.total}` : '')
    const limits = pod.containers.filter(({ kind }) => kind === 'container' || kind === 'sidecar').map(({ memoryLimit }) => memoryLimit)
    const limit = limits.every((each) => each) ? limits.reduce((all, each) => all + each, 0) : undefined
    this.#trends(
      store,
      pod.containers.map(({ id }) => id),
      figures,
      limit,
    )
    this.#figures(figures, pod.restarts, lastExit(pod), store.now() - pod.createdAt)
  }

  #container({ container, figures }, store) {
    const { state, reason, kind, ready, restarts, last } = container
    this.#named('', container.name, kind === 'container' ? `  ${shortImage(container.image)}` : `  ${kind}  ${shortImage(container.image)}`)
    const ended = state === 'terminated' ? container : last
    const tone =
      state === 'running'
        ? ready || kind !== 'container'
          ? 'good'
          : 'waiting'
        : state === 'terminated'
          ? container.exitCode === 0
            ? 'done'
            : 'bad'
          : /Back|Err/.test(reason ?? '')
            ? 'bad'
            : 'waiting'
    this.#state(tone, state === 'running' ? 'running' : (reason ?? state), '')
    this.#trends(store, [container.id], figures, container.memoryLimit)
    this.#figures(figures, restarts, ended, container.startedAt === undefined ? null : store.now() - container.startedAt)
  }

  #named(twist, name, place) {
    say(this.#twist, twist)
    mark(this.#twist, 'hidden', twist === '' ? '' : null)
    say(this.#name, name)
    say(this.#place, place)
    mark(this.#cells.name, 'title', `${name}${place}`)
  }

  #state(tone, word, ready) {
    classed(this.#cells.status, `cell c-status status ${tone}`)
    mark(this.#cells.status.firstChild, 'hidden', word === '' ? '' : null)
    say(this.#word, word)
    mark(this.#word, 'title', word)
    say(this.#ready, ready)
  }

  #trends(store, ids, figures, limit) {
    this.#cpu.draw(store.line(ids, 'cpu'), 20)
    this.#memory.draw(store.line(ids, 'memory'), limit ?? 1024 * 1024)
    say(this.#cpuText, cpu(figures.cpu))
    say(this.#memoryText, limit ? `${shortBytes(figures.memory)} / ${shortBytes(limit)}` : bytes(figures.memory))
    const share = limit && figures.memory !== null ? Math.min(1, figures.memory / limit) : undefined
    mark(this.#limit, 'hidden', share === undefined ? '' : null)
    if (share === undefined) return
    classed(this.#limit, `limit${share > 0.95 ? ' full' : share > 0.8 ? ' near' : ''}`)
    this.#limit.firstChild.style.width = `${Math.round(share * 100)}%`
    mark(this.#limit, 'title', `${percent(figures.memory, limit)} of the limit`)
  }

  #figures(figures, restarts, ended, alive) {
    const { throttled, read, write, received, sent, processes, threads } = figures
    this.#rest({
      throttled: [throttled === null ? '–' : `${throttled} %`, throttled > 25 ? 'hot' : ''],
      disk: read === null && write === null ? ['–', ''] : [`↓ ${shortBytes(read)} ↑ ${shortBytes(write)}`, ''],
      network: received === null || received === undefined ? ['–', ''] : [`↓ ${shortBytes(received)} ↑ ${shortBytes(sent)}`, ''],
      processes: [processes === null && threads === null ? '–' : `${count(processes)} / ${count(threads)}`, ''],
      restarts: [count(restarts), restarts > 0 ? 'hot' : ''],
      last: [exit(ended), ended && ended.exitCode !== 0 ? 'alarm' : ''],
      age: [age(alive), ''],
    })
  }

  #rest(texts) {
    for (const [key, [text, tone]] of Object.entries(texts)) {
      const cell = this.#cells[key]
      say(cell, text)
      const { number } = columns.find((each) => each.key === key)
      classed(cell, `cell c-${key}${number ? ' number' : ''}${tone ? ` ${tone}` : ''}`)
      if (key === 'last') mark(cell, 'title', text || null)
    }
  }
}

const shortImage = (image) => image.replace(/^.*\/(?=[^/]+$)/, '').replace(/@sha256:.*$/, '')
