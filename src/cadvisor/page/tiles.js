import { Chart } from './chart.js'
import { el, say } from './dom.js'
import { bytes, cpu, percent, shortBytes } from './format.js'
import { Past } from './past.js'
import { ask } from './stream.js'

const windowMs = 10 * 60_000

/** The node's own figures, each with its last minutes. */
export class Tiles {
  #store
  #tiles
  #past = new Past(windowMs)

  constructor(root, store) {
    this.#store = store
    const tile = (title, names, colours, show, least) => {
      const figure = el('p', { class: 'figure' })
      const more = el('p', { class: 'more' })
      const share = el('span', { class: 'share' })
      const box = el('div', { class: 'plot' })
      root.append(el('section', { class: 'panel tile', 'aria-label': title }, el('h2', {}, title), share, figure, more, box))
      const chart = new Chart(box, { bare: true, series: names.map((name, index) => ({ label: name, colour: colours[index] })), format: String, least })
      return { names, figure, more, share, chart, show }
    }
    this.#tiles = [
      tile(
        'CPU',
        ['cpu'],
        ['cpu'],
        ({ cpu: used, load }, { cores }) => [
          `${cpu(used)}`,
          ` of ${cores} cores`,
          `load ${load?.toFixed(2) ?? '–'}`,
          percent(Math.min(used, cores * 1000), cores * 1000),
        ],
        () => 100,
      ),
      tile(
        'Memory',
        ['memory'],
        ['memory'],
        ({ memory, rss }, { memoryBytes }) => [
          bytes(memory),
          ` of ${bytes(memoryBytes)}`,
          `working set; anonymous ${bytes(rss)}`,
          percent(memory, memoryBytes),
        ],
        () => store.node?.memoryBytes ?? 1,
      ),
      tile(
        'File system',
        ['disk'],
        ['disk'],
        ({ disk, diskCapacity }) => [
          bytes(disk),
          ` of ${bytes(diskCapacity)}`,
          `${bytes(diskCapacity === null ? null : diskCapacity - disk)} free`,
          percent(disk, diskCapacity),
        ],
        () => store.nodeFigures.diskCapacity ?? 1,
      ),
      tile(
        'Network',
        ['received', 'sent'],
        ['received', 'sent'],
        ({ received, sent }) => [`↓ ${shortBytes(received)}`, `  ↑ ${shortBytes(sent)}`, 'received and sent, bytes/s', ''],
        () => 1024,
      ),
      tile(
        'Processes and threads',
        ['processes'],
        ['processes'],
        ({ processes }, { maxProcesses }) => [
          String(processes ?? '–'),
          maxProcesses ? ` of ${maxProcesses}` : '',
          `${this.#running()} containers run`,
          percent(processes, maxProcesses),
        ],
        () => 50,
      ),
    ]
  }

  async opened() {
    this.#past = new Past(windowMs)
    this.#past.before(await ask('/live/history?row=node'))
    this.draw()
  }

  sampled() {
    if (this.#past.push(this.#store.at, this.#store.nodeFigures)) this.draw()
  }

  draw() {
    const { node, nodeFigures } = this.#store
    if (!node) return
    for (const { names, figure, more, share, chart, show } of this.#tiles) {
      const [big, small, below, part] = show(nodeFigures, node)
      if (figure.said !== big + small) {
        figure.said = big + small
        figure.replaceChildren(big, el('small', {}, small))
      }
      say(more, below)
      say(share, part === '–' ? '' : part)
      if (this.#past.at.length > 0)
        chart.draw(
          this.#past.at,
          names.map((name) => this.#past.list(name)),
        )
    }
  }

  #running() {
    let running = 0
    for (const pod of this.#store.pods.values()) for (const { state } of pod.containers) if (state === 'running') running += 1
    return running
  }
}
