import { el } from './dom.js'
import { bytes, percent } from './format.js'
import { ask } from './stream.js'

/** The node measures disks once a minute. */
const periodMs = 30_000

/** What a pod's writable layers, logs and volumes take of the disk. */
export class Storage {
  root = el('div', { hidden: true })
  #uid
  #timer
  #closed = false

  constructor(uid) {
    this.#uid = uid
    void this.#load()
  }

  close() {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #load() {
    // A pod that is gone has nothing to tell.
    const items = await ask(`/live/storage?pod=${this.#uid}`).catch(() => [])
    if (this.#closed) return
    this.#draw(items)
    this.#timer = setTimeout(() => this.#load(), periodMs)
  }

  #draw(items) {
    this.root.hidden = items.length === 0
    this.root.className = 'panel list below'
    const head = ['Storage', 'Of', 'Used', 'Files']
    const row = ({ what, name, bytes: used, inodes, capacity }) =>
      el(
        'tr',
        {},
        el('td', {}, what),
        el('td', { title: name }, name),
        el('td', { class: 'number' }, capacity ? `${bytes(used)} of ${bytes(capacity)}, ${percent(used, capacity)}` : bytes(used)),
        el('td', { class: 'number hide-narrow' }, String(inodes)),
      )
    const kind = (index) => ['', '', 'number', 'number hide-narrow'][index]
    this.root.replaceChildren(
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...head.map((name, index) => el('th', { scope: 'col', class: kind(index) }, name)))),
        el('tbody', {}, ...items.map(row)),
      ),
    )
  }
}
